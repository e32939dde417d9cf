-- An evening as a ledger of step 1 held it: four photos, one of them by way of Drive, one withdrawn, one replaced.
INSERT INTO meta (key, value) VALUES
('drive_account', 'http://drive operator@venuesync.example'),
('faces_changed', '4'),
('guests_due default', ''),
('held_removals', '0'),
('people_older', '0'),
('planned_by', 'dlib-onnx 1-55533b28 0.5 0.6 0.05 0.25'),
('planned_revision', '4'),
('root', '/srv/wedding'),
('steady_line', '{"steady": 1795374052.5364466, "wall": 1795374052.5364492, "boot": "313cb09f-1a14-4943-85cb-d195ba71d8e4", "uptime": 48243.319331277}'),
('workspace_id', 'w5889f8cc4d77db74');
INSERT INTO photo (id, sha256, md5, bytes, mime, kind, width, height, taken_at, look, look_after, looked_at, engine, second) VALUES
(1, '96716497dc74b2ad95a02ccd668d79df164653427dba4fd900caa09e46b53f61', 'c9ac16e5f7ff7b94f6974cd88588bbc2', 33972, 'image/jpeg', 'image', 900, 500, '2026-11-22T19:00:42+00:00', 'done', 0.0, 1795374044.3213637, 'dlib-onnx 1-55533b28', 'rest'),
(2, 'eed2affa101988993058c514a57db1954f61cc247683f07a6fc1743dc89e7d58', 'cefdff3406020aeedc602bbcc06a2c8a', 22314, 'image/jpeg', 'image', 500, 500, NULL, 'done', 0.0, 1795374045.56457, 'dlib-onnx 1-55533b28', 'none'),
(3, 'e97b37d0965c78698a36325843e0c779ccd27ec74da8781a2bbc31d3c375989c', '5054c80ad2ab686127b0b4fd3afa621e', 22314, 'image/jpeg', 'image', 500, 500, NULL, 'done', 0.0, 1795374045.4668462, 'dlib-onnx 1-55533b28', 'done'),
(5, '5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e', '5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e', 22315, 'image/jpeg', 'image', 500, 500, NULL, 'done', 0.0, 1795374045.3, 'dlib-onnx 1-55533b28', 'none'),
(4, '39cbabdb19862d2d309ece1a47157001448ccc634b266be5095539672f0c4f88', 'b3628e7e0ae231601343ca9793a76070', 33970, 'image/jpeg', 'image', 900, 500, NULL, 'done', 0.0, 1795374045.3465998, 'dlib-onnx 1-55533b28', 'done');
INSERT INTO sighting (path, event, folder, state, photo, bytes, mtime_ns, inode, reason, seen_at) VALUES
('/srv/wedding/.venuesync/downloads/default/1B7lsN6a01LZJmXWo3cED_13bK4GUF13T-c9ac16e5.jpg', 'default', 'drive:sea9de6708d', 'photo', 1, 33972, 1795374044131135369, 2319435, NULL, 1795374044.1207757),
('/srv/wedding/Incoming/card/DSC_0001.jpg', 'default', '/srv/wedding/Incoming', 'photo', 3, 22314, 1795374044102255595, 2310849, NULL, 1795374045.1701071),
('/srv/wedding/Incoming/card/DSC_0002.jpg', 'default', '/srv/wedding/Incoming', 'photo', 4, 33970, 1795374044102493510, 2310850, NULL, 1795374045.1700802),
('/srv/wedding/Incoming/card/DSC_0003.jpg', 'default', '/srv/wedding/Incoming', 'photo', 2, 22314, 1795374044102734510, 2310852, NULL, 1795374045.1691804),
('/srv/wedding/Incoming/card/notes.txt', 'default', '/srv/wedding/Incoming', 'skipped', NULL, 15, 1795374044102883282, 2319414, 'neither photo nor video', 1795374045.1691477);
INSERT INTO event_photo (id, event, photo, name, twin_of, camera, came_from, state, arrived_at, since_at, planned_at, filed_at, verified_at) VALUES
(1, 'default', 1, 'ANNA_0004.jpg', NULL, 'Cloud_Cam1', NULL, 'filed', 1795374044.1207757, 1795374044.1207757, 1795374044.3213637, 1795374044.362107, 1795374044.3592505),
(2, 'default', 2, 'DSC_0003.jpg', NULL, '', NULL, 'withdrawn', 1795374045.1691804, 1795374046.9752798, 1795374046.9752798, 1795374045.589062, NULL),
(3, 'default', 3, 'DSC_0001.jpg', NULL, '', NULL, 'filed', 1795374045.1701071, 1795374045.1701071, 1795374047.9801319, 1795374045.488119, 1795374045.49398),
(5, 'default', 5, 'DSC_0002.jpg', NULL, '', NULL, 'superseded', 1795374045.1, 1795374045.1, 1795374045.2, NULL, NULL),
(4, 'default', 4, 'DSC_0002.jpg', NULL, '', NULL, 'filed', 1795374045.1700802, 1795374045.1700802, 1795374045.8432074, 1795374045.3737612, 1795374045.3705182);
INSERT INTO face (id, photo, box_left, box_top, box_right, box_bottom, score, sharpness, yaw, light, contrast, found, engine, encoding) VALUES
(1, 1, 594, 199, 783, 389, 1.8433378376497145, 284.4478454589844, 0.014483282033984062, 157.48509216308594, 54.325809478759766, 1, 'dlib-onnx 1-55533b28', X'1371f6bddfac1b3e4e991c3e2e560ebe58f203bd93a2ee3c74a0a8bd9c61c5bd677d173e5387f1bd6a5c793e2bdd3fbd078c87bee3eab8bd266bd2bc9aa7823e575119bed6121bbe388fc3bd530417bd306a1e3d4d9b823d3e63633d6b4adb3c5a1782bef8b69bbe602811bd24e6a3bdd4114dbd918710be4c6506bc6e428c3df7d408be7850653d82f331bc5ba3123e2195a5bcdbaefebd35b8033e34d2ec3c5b968ebeb06688bbe356763c56c05a3e96bf4a3e7392a3bc8d11903dc1c2e5bd61a9233e804481be1dc19dbcd06ef23d0d0623bb44309b3d77236c3d15fe12be7a387e3d417de63da05238bed4c116bddd712f3d990492bda2c1283d3fc37fbd96031b3e227edd3d25860fbe72be07be7ebd123ec72ee0bd880c29bd1bdbc03daa2011be5bfe12bee1cf9cbe91915bbd5a379e3eda1fce3d0e9a0bbef79c143d921288bd9aa3f83b3089c6bce7ddfd3ddc0c93bd36135c3dc5d09cbd4a4a5c3c7ee57b3e128d4fbd340b203d071c8a3e31af4ebb0e2fc83c1de9253beafb883d6de823bedd73c83c5708a5bcd8bd21bc3060ae3bb60fa5bd6912f23ce389013ed8a847be10b3623ed11fe3bcff3c863d68faac3caada8e3d4e33b3bcc2e37ebd52cf113e9f703fbe5e57f23d9219643e3546ac3cb3f29b3d6dd30b3eeeaefb3dcafd8abd8e950d3d922610be98fe51bdced05f3db0a780bd67593e3deac6403d'),
(2, 1, 137, 199, 327, 389, 0.8028462566865797, 149.07244873046875, -0.04578263082404108, 54.45448684692383, 24.112516403198242, 1, 'dlib-onnx 1-55533b28', X'd5db15be2b19513d853e6b3d5c392cbdb5569abd1f118b3c978ac5bbd70583bc9e73063ef644c4bd56131a3e574b87bd5f7a7cbed79a92bd9536923929b6313e404b1dbe604c16be304029be0a8504bec69310ba99cf693dd8df733c8815923c46910bbe1667a9be238f1b3a63e029be5e26eb3cafb40dbe283c813d9c71553d9eee2cbe8dc7febce268133ce1a77e3d8023f83c2729c1383edd093e20cc3eba5d353dbef56eedbc5f349e3b5fde8d3eb690273e30a14f3be5748d3caec54dbca4a2163d9e4088beb280053d8c201e3dd37dc33d20dec03cb333d63db4552cbe09a403bc1bccd73d83c728be061efc3dceb77a3db52ad7bd249ac6bd3c406abc456b5f3e79c5b63d8c5cecbd2b9234be83fe623e6c7303be81eb8a3a029ddd3d475b7fbdc4bdaabd82c28bbe0beb063baf7fbe3e08eab03d184168be9f2d74bdf989bfbdd77f873d29c0663ce6de893d9015b7bd1ffb32bcc7f0a2bd8441e13c23b4d93d4845ce3c9be070bd0970443ea86e973bf6c47bbd6fa30d3dee8d973c100ad2bd230080bdb6beb5bd9f038dbdd566a13d6877ccbd93885f3ccac40f3e289000befb35213eaf5497bd4ee4023c9119823c16efe63dc4d10bbd5b4fdebc6072393e73f45cbe0866053e0a65663e74b23d3c7e0fb13dce5bb23c4a359d3d358dbfbcb74b3f3daa8c4bbe86b29bbd3f29a6bc095e63bd37ee34bcd277673d'),
(3, 4, 594, 199, 783, 389, 1.8433378376497145, 284.4478454589844, 0.014483282033984062, 157.48509216308594, 54.325809478759766, 1, 'dlib-onnx 1-55533b28', NULL),
(4, 4, 137, 199, 327, 389, 0.8028462566865797, 149.07244873046875, -0.04578263082404108, 54.45448684692383, 24.112516403198242, 1, 'dlib-onnx 1-55533b28', NULL),
(5, 3, 127, 154, 377, 404, 0.8851593174470778, 174.87493896484375, -0.02147239263803681, 54.46567153930664, 24.610368728637695, 1, 'dlib-onnx 1-55533b28', X'3bed10be889c673d49cc6c3d1e9a27bd7d18a2bd61b3cd3c84560dbcf1d970bcb418053e3654c5bd49aa0e3e0e7b80bdb01d75be5ea58fbd4bfd84ba861a353e61c525be1be315be92c029bed75104be9c5359bbb6d5583d33a3643cd90e883c0f541ebe2902a1bec3ba143b807f27bea2179f3ce4d20cbe433d813d500a583d841c2fbecee4e5bc1df2703c67ef723de6d7da3c306921bbabcd013ecc7019bc934438be1b65abbc783f493caab78a3e7098293e894ac03b2a16463cbc11abbca5be5f3d040e8bbe28711e3d6b5b0f3dbc07af3db83b0a3de3cdce3de3bd27be1806073aedc8e93d8b8825bef64c053ec585813d89bfe4bda3bbcdbdbf79a5bcb9a1513e7489b23d264feebd39ae35be8cc05d3e094d00bed192773b5a51e63d5cb557bdacdabbbd2fd689be91052f3b16bbbe3e0f7dd03d0c406abe011f85bde507b0bd25b6893dd853633cd4a8983dd6d1afbde52ea3bc9b639bbd1de2ff3c50b9ea3db03ac53c99e65cbd55e4503edde04a3c437783bd96ebda3c99c2903c744cdbbdfdd470bd2d8ab2bdadf68abdb16ea53dfe6bc4bd327d183cfefd0c3e1e6bf8bd7dae2d3eb41f98bdedde573c4512893c110bd53d4fb802bd44fcb0bc62e8373e43835dbe0fc3013ec41b613e14ca823cbbd5b63d63c1b13ce333a83d6eb3a3bc40472d3d81684bbec8e49dbdb2e931bcfdfc7dbdd42915bc07d7603d'),
(6, 2, 127, 154, 377, 404, 0.8851593174470778, 174.87493896484375, -0.02147239263803681, 54.46567153930664, 24.610368728637695, 1, 'dlib-onnx 1-55533b28', NULL);
UPDATE face SET encoding = (SELECT encoding FROM face WHERE id = 1) WHERE id IN (3);
UPDATE face SET encoding = (SELECT encoding FROM face WHERE id = 2) WHERE id IN (4);
UPDATE face SET encoding = (SELECT encoding FROM face WHERE id = 5) WHERE id IN (6);
INSERT INTO face (id, photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine) VALUES
(7, 5, 127, 154, 377, 404, 0.9, 170.0, 'dlib-onnx 1-55533b28');
INSERT INTO assignment (face, event, person, distance) VALUES
(7, 'default', 'p789bd62b84c2', 0.2),
(2, 'default', 'p789bd62b84c2', 0.0673937488376017),
(4, 'default', 'p789bd62b84c2', 0.0673937488376017),
(5, 'default', 'p789bd62b84c2', 0.0);
INSERT INTO cluster (id, event) VALUES
(1, 'default');
INSERT INTO stranger (face, event, cluster) VALUES
(1, 'default', 1),
(3, 'default', 1);
INSERT INTO reference (sha256, box, engine, encoding) VALUES
('43e8d178b766200ee633e168a365c5101ae7f77cff22891398d953c32b3fbd31', '127,154,377,404', 'dlib-onnx 1-55533b28', (SELECT encoding FROM face WHERE id = 5));
INSERT INTO activity (id, at, kind, event, text, event_photo) VALUES
(1, 1795374044.015274, 'enrolled', 'default', 'Ana enrolled: 1 reference', NULL),
(2, 1795374044.068398, 'folder', NULL, 'Folders of Ana are on Drive', NULL),
(3, 1795374044.1207757, 'listed', 'default', 'Cloud_Cam1: 1 photo found', NULL),
(4, 1795374044.1207757, 'arrived', 'default', 'ANNA_0004.jpg arrived', 1),
(5, 1795374044.3592505, 'verified', 'default', 'ANNA_0004.jpg is on Drive after 0.2 s: Ana', 1),
(6, 1795374045.1691477, 'skipped', 'default', 'notes.txt is no photo: neither photo nor video', NULL),
(7, 1795374045.1691804, 'arrived', 'default', 'DSC_0003.jpg arrived', 2),
(8, 1795374045.1701071, 'arrived', 'default', 'DSC_0001.jpg arrived', 3),
(9, 1795374045.1700802, 'arrived', 'default', 'DSC_0002.jpg arrived', 4),
(10, 1795374045.3705182, 'verified', 'default', 'DSC_0002.jpg is on Drive after 0.2 s: Ana', 4),
(11, 1795374045.49398, 'verified', 'default', 'DSC_0001.jpg is on Drive after 0.3 s: Ana', 3),
(12, 1795374045.596475, 'verified', 'default', 'DSC_0003.jpg is on Drive after 0.4 s: Ana', 2),
(13, 1795374046.8845367, 'decided', 'default', 'Ana renamed to Ana Sá', NULL),
(14, 1795374046.9695716, 'decided', 'default', '1 photo withdrawn', NULL);
INSERT INTO folder (id, key, parent, event, person, kind, name, wanted, disk_path, disk_wanted, disk, disk_after, drive, drive_id, drive_name, drive_given, drive_after, rolled, wanted_at, made_at) VALUES
(1, 'root', NULL, NULL, NULL, 'root', 'venuesync', 1, NULL, NULL, 'there', 0.0, 'there', '1-1q_sxDunA4qDWB5qNuW_BQwB8lW329c', 'venuesync', 0, 0.0, 0, 1795374044.015274, 1795374044.0335095),
(2, 'event:default', 1, 'default', NULL, 'event', 'default', 1, NULL, NULL, 'there', 0.0, 'there', '1-7TbHuvP6ncP9kRp8kdgBJJ7l5dSOv5R', 'default', 0, 0.0, 0, 1795374044.015274, 1795374044.0430331),
(3, 'event:default/people', 2, 'default', NULL, 'people', 'People', 1, 'People', NULL, 'there', 0.0, 'there', '1-8AJ1p2wf8AwI78j-YR8M895-eYuXIUL', 'People', 0, 0.0, 0, 1795374044.015274, 1795374044.0508351),
(4, 'person:p789bd62b84c2', 3, 'default', 'p789bd62b84c2', 'person', 'Ana Sá', 1, 'People/Ana Sá', NULL, 'there', 0.0, 'there', '1-Ab6FRTrZEverYlJfwY97VakVoOAn6Y8', 'Ana Sá', 0, 0.0, 0, 1795374044.015274, 1795374044.068398),
(5, 'person:p789bd62b84c2/solo', 4, 'default', 'p789bd62b84c2', 'solo', 'Solo', 1, 'People/Ana Sá/Solo', NULL, 'there', 0.0, 'there', '1-Htk_0lnEppMs9KbMTUEoOGZYU-Gtq-_', 'Solo', 0, 0.0, 0, 1795374044.015274, 1795374044.084896),
(6, 'person:p789bd62b84c2/group', 4, 'default', 'p789bd62b84c2', 'group', 'Group', 1, 'People/Ana Sá/Group', NULL, 'there', 0.0, 'there', '1-NlVlYlQJHxZaY1ZfItbklZWLu8_GUcR', 'Group', 0, 0.0, 0, 1795374044.015274, 1795374044.084944);
INSERT INTO placement (id, event_photo, folder, wanted, priority, wanted_at, disk, disk_name, disk_inode, disk_mtime_ns, disk_after, disk_failed, drive, drive_id, drive_from, drive_name, drive_session, drive_attempts, drive_after, drive_failed, verified_at) VALUES
(1, 1, 6, 1, 0, 1795374044.3305798, 'there', 'ANNA_0004.jpg', 2319724, 1795374044131135369, 0.0, 0, 'there', '1-OsVlLkA1itxpRgyTGanUt5oTQHvCanc', NULL, 'ANNA_0004.jpg', NULL, 0, 0.0, 0, 1795374044.3592505),
(2, 4, 6, 1, 0, 1795374045.3476727, 'there', 'DSC_0002.jpg', 2319874, 1795374044102493510, 0.0, 0, 'there', '1-UKLGwPfPSqq5OdcDNkE7hJMDptXK1dl', NULL, 'DSC_0002.jpg', NULL, 0, 0.0, 0, 1795374045.3705182),
(3, 3, 5, 1, 0, 1795374045.467948, 'there', 'DSC_0001.jpg', 2319875, 1795374044102255595, 0.0, 0, 'there', '1-YlVjeQhJc3sLwVA8_ImMclfP2UjUF1s', NULL, 'DSC_0001.jpg', NULL, 0, 0.0, 0, 1795374045.49398),
(4, 2, 5, 0, 0, 1795374045.5656667, 'absent', NULL, NULL, 1795374044102734510, 0.0, 0, 'trashed', '1-eNyqaPLKtAx9kUJ0cRXqbIGnXnaclfg', NULL, 'DSC_0003.jpg', NULL, 0, 0.0, 0, 1795374045.596475);
INSERT INTO drive_id_pool (id) VALUES
('1-jS8JlC4gXs8JVzY7RwuHU5rwRW7Ne93'),
('1-sXCBp_zbHMX3AhXwXkLQGv-NHlPDJQ9'),
('1-z1dsUnnj1J_wra1FtfLuocK-BJ-ICgL');
INSERT INTO feed (key, token, polled_at, changed_at) VALUES
('', '20', 1795374051.4340513, 1795374044.1207757);
INSERT INTO source_state (source, event, state, detail, required, listed_at, checked_at, last_synced_at) VALUES
('sea9de6708d', 'default', 'ok', '', 0, 1795374044.1207757, 1795374044.1207757, 1795374051.4347975);
INSERT INTO source_folder (source, drive_id, parent, via, name, depth) VALUES
('sea9de6708d', '1jAeEx6YZenXw4swHZPzgkUsggIBd_jW5', NULL, NULL, 'Cloud_Cam1', 0);
INSERT INTO source_file (id, source, event, drive_id, parent, content, name, mime, md5, bytes, taken_at, camera, resource_key, state, photo, path, attempts, next_try_at, run, seen_at, done_at) VALUES
(1, 'sea9de6708d', 'default', '1B7lsN6a01LZJmXWo3cED_13bK4GUF13T', '1jAeEx6YZenXw4swHZPzgkUsggIBd_jW5', '1B7lsN6a01LZJmXWo3cED_13bK4GUF13T', 'ANNA_0004.jpg', 'image/jpeg', 'c9ac16e5f7ff7b94f6974cd88588bbc2', 33972, 1795374042.18, 'Cloud_Cam1', NULL, 'done', 1, 'downloads/default/1B7lsN6a01LZJmXWo3cED_13bK4GUF13T-c9ac16e5.jpg', 0, 0.0, 1, 1795374044.1207757, 1795374044.1394148);
INSERT INTO sync_run (id, event, kind, began_at, seconds, found, gone, outcome, requests) VALUES
(1, 'default', 'full', 1795374044.0990293, 0.021746397018432617, 1, 0, 'ok', 0);
