-- They were `code: sentence` in English: what was filled in can no longer be told from the sentence.
-- Done twice, where somebody set `user_version` back, it changes nothing.
UPDATE results
    SET reason = json_object('code', substr(reason, 1, instr(reason, ': ') - 1),
                             'why', substr(reason, instr(reason, ': ') + 2))
    WHERE reason != '' AND NOT json_valid(reason);
UPDATE results SET record = json_set(record, '$.reason', json(reason)) WHERE reason != '';
UPDATE absent_pdfs
    SET reason = json_object('code', substr(reason, 1, instr(reason, ': ') - 1),
                             'why', substr(reason, instr(reason, ': ') + 2))
    WHERE NOT json_valid(reason);
DELETE FROM tallies;
