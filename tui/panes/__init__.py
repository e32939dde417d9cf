"""The panes: one widget a file, each a pure drawing function and the little that puts it on a screen."""
