-- What became of customers with such a score, by the pooled test of each card in force. part 'band': those of a band; 'bin': those of a
-- tenth of all scores, from score_from to score_to; 'refused': the card had too few losses (lost) to be tested.
CREATE TABLE score_odds (
    card TEXT NOT NULL, version BIGINT NOT NULL, part TEXT NOT NULL, place BIGINT NOT NULL, band TEXT, score_from DOUBLE PRECISION,
    score_to DOUBLE PRECISION, outcome TEXT NOT NULL, days BIGINT NOT NULL, cases BIGINT NOT NULL, lost BIGINT NOT NULL,
    accounts BIGINT NOT NULL, rate DOUBLE PRECISION, low DOUBLE PRECISION, high DOUBLE PRECISION, computed_on BIGINT NOT NULL,
    PRIMARY KEY (card, part, place));
