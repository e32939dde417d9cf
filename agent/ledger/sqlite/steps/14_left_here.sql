-- Placements that Drive is to have nothing of, by the event's rules: how many there are is told wherever it is safe.
CREATE INDEX placement_left_here ON placement (event_photo) WHERE made_as = '-';
