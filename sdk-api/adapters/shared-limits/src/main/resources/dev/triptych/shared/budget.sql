CREATE TABLE IF NOT EXISTS triptych_budget (
  budget text NOT NULL,
  period text NOT NULL,
  micros bigint NOT NULL,
  pictures bigint NOT NULL,
  PRIMARY KEY (budget, period));
CREATE TABLE IF NOT EXISTS triptych_budget_call (
  budget text NOT NULL,
  id text NOT NULL,
  generator text NOT NULL,
  day date NOT NULL,
  micros bigint NOT NULL,
  pictures bigint NOT NULL,
  sent boolean NOT NULL,
  held_until timestamp with time zone NOT NULL,
  PRIMARY KEY (budget, id));
CREATE INDEX IF NOT EXISTS triptych_budget_call_late ON triptych_budget_call (budget, held_until) WHERE NOT sent;
