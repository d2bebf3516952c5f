-- They were `code: sentence` in English: what was filled in can no longer be told from the sentence.
UPDATE results
    SET reason = json_object('code', substr(reason, 1, instr(reason, ': ') - 1),
                             'why', substr(reason, instr(reason, ': ') + 2))
    WHERE reason != '';
UPDATE results SET record = json_set(record, '$.reason', json(reason)) WHERE reason != '';
UPDATE absent_pdfs
    SET reason = json_object('code', substr(reason, 1, instr(reason, ': ') - 1),
                             'why', substr(reason, instr(reason, ': ') + 2));
DELETE FROM tallies;
