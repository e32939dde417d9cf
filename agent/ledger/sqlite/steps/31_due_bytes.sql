-- Whether bytes that a source lost are to be fetched from another place of it is asked without a look at all of them.
CREATE INDEX source_file_due_bytes ON source_file (md5) WHERE state = 'due';
