-- Which papers `texts` has, under which rowid, with a checksum of what it was given: see `store.index`.
CREATE TABLE documents (
    docid INTEGER PRIMARY KEY, paper_id TEXT NOT NULL UNIQUE REFERENCES papers (id),
    published TEXT NOT NULL, checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_by_time ON documents (published);
-- Without the texts themselves, which the records have: that would double the library. `ascii` parts at
-- spaces and leaves other scripts alone: `query.terms` has cut the text before.
CREATE VIRTUAL TABLE texts USING fts5(
    title, abstract, translation, breakdown, people, kinds, content = '', tokenize = 'ascii'
);
-- A user's own words on a paper: no row says the same as one without any.
CREATE TABLE marks (
    paper_id TEXT PRIMARY KEY REFERENCES papers (id), star INTEGER NOT NULL, read INTEGER NOT NULL,
    hide INTEGER NOT NULL, note TEXT NOT NULL, changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX marks_starred ON marks (paper_id) WHERE star;
-- What `status` counted of a page, until something changes about its papers. `since` and `until`: of a
-- page of submissions, the window whose papers it has.
CREATE TABLE tallies (
    day TEXT PRIMARY KEY, since TEXT, until TEXT, settings TEXT NOT NULL, record TEXT NOT NULL
) STRICT;

-- From here on: a change makes the tallies of the pages that it is about out of date.
CREATE TRIGGER results_insert AFTER INSERT ON results BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = NEW.paper_id)
    OR (SELECT published FROM papers WHERE id = NEW.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER results_delete AFTER DELETE ON results BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = OLD.paper_id)
    OR (SELECT published FROM papers WHERE id = OLD.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER results_update AFTER UPDATE ON results BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = NEW.paper_id)
    OR (SELECT published FROM papers WHERE id = NEW.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER absent_pdfs_insert AFTER INSERT ON absent_pdfs BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = NEW.paper_id)
    OR (SELECT published FROM papers WHERE id = NEW.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER absent_pdfs_delete AFTER DELETE ON absent_pdfs BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = OLD.paper_id)
    OR (SELECT published FROM papers WHERE id = OLD.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER papers_insert AFTER INSERT ON papers BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = NEW.id)
    OR (SELECT published FROM papers WHERE id = NEW.id) BETWEEN since AND until;
END;
CREATE TRIGGER papers_update AFTER UPDATE ON papers BEGIN
    DELETE FROM tallies WHERE day IN (SELECT day FROM placed WHERE paper_id = NEW.id)
    OR (SELECT published FROM papers WHERE id = NEW.id) BETWEEN since AND until
    OR OLD.published BETWEEN since AND until;
END;
CREATE TRIGGER placed_insert AFTER INSERT ON placed BEGIN
    DELETE FROM tallies WHERE day = NEW.day
    OR day IN (SELECT day FROM placed WHERE paper_id = NEW.paper_id)
    OR (SELECT published FROM papers WHERE id = NEW.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER placed_delete AFTER DELETE ON placed BEGIN
    DELETE FROM tallies WHERE day = OLD.day
    OR day IN (SELECT day FROM placed WHERE paper_id = OLD.paper_id)
    OR (SELECT published FROM papers WHERE id = OLD.paper_id) BETWEEN since AND until;
END;
CREATE TRIGGER pages_insert AFTER INSERT ON pages BEGIN
    DELETE FROM tallies WHERE day = NEW.day;
END;
CREATE TRIGGER pages_delete AFTER DELETE ON pages BEGIN
    DELETE FROM tallies WHERE day = OLD.day;
END;
