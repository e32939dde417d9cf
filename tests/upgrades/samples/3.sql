-- What a program of this step knew besides: how new Drive's word is, what lies above a source, what is listed again.
UPDATE source_file SET version = 1;
INSERT INTO foreign_folder (drive_id, parent, version, at) VALUES
('1zwhhwvTJwFifilcHqxaDBKmjVxpXb_2p', NULL, 1, 1795374044.0);
INSERT INTO source_above (source, drive_id) VALUES
('sea9de6708d', '1zioEp36_GpQ6u9NJJcwCKXI_gIn0Umik');
INSERT INTO listing_again (source, folder, step, due_at, mark, confirmed) VALUES
('sea9de6708d', '1jAeEx6YZenXw4swHZPzgkUsggIBd_jW5', 1, 1795374063.1202464, 1, 1);
INSERT INTO meta (key, value) VALUES ('mark', 'f744bf44.1');
