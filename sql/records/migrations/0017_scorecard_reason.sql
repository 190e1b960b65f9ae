-- Why a version of a scorecard was saved.
ALTER TABLE scorecards ADD COLUMN reason TEXT;
