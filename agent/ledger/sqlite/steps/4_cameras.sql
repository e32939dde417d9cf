-- Cameras are called as people call them: Cam1, not Cloud_Cam1.
UPDATE source_file SET camera = substr(camera, 7)
    WHERE camera GLOB 'Cloud_Cam[0-9]*' AND camera NOT GLOB 'Cloud_Cam*[^0-9]*';
UPDATE event_photo SET camera = substr(camera, 7)
    WHERE camera GLOB 'Cloud_Cam[0-9]*' AND camera NOT GLOB 'Cloud_Cam*[^0-9]*';
