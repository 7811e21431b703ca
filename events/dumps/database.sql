CREATE TABLE "merchants" ( -- A merchant under a rollout, one row for each rollout that the log names.
  "number" INTEGER, -- the log's number of the merchant, from 1 in the order of registration
  "merchant" TEXT, -- the platform's id of the merchant
  "platform" TEXT, -- taobao or tmall
  "category" TEXT, -- the category it was registered with
  "city" TEXT, -- its city
  "tier" TEXT, -- the tier of its city: T1, N1, T2 to T5, unknown
  "downstream" INTEGER, -- whether the tier is T3, T4 or T5 (0 or 1)
  "daily_payments" INTEGER, -- usual payments a day; absent where unknown
  "registered_at" INTEGER, -- when it was registered (nanoseconds since 1970 UTC)
  "closed_at" INTEGER, -- when it closed; absent while open (nanoseconds since 1970 UTC)
  "rollout" TEXT, -- the plan's id
  "institution" TEXT, -- the payment institution that the rollout opens
  "state" TEXT, -- pending, enabled, rolled-back, reinstated or excluded; on are enabled and reinstated
  "wave" INTEGER, -- the wave that enabled it
  "planned_at" INTEGER, -- when the plan had its wave open (nanoseconds since 1970 UTC)
  "enabled_at" INTEGER, -- when it was first enabled (nanoseconds since 1970 UTC)
  "changed_at" INTEGER, -- when its state last changed (nanoseconds since 1970 UTC)
  "reason" TEXT, -- the code of its exclusion
  "events" INTEGER, -- how many events name it
  "last_position" INTEGER -- the position of the last of them
);
CREATE INDEX "merchants_by_merchant" ON "merchants" ("merchant");
CREATE INDEX "merchants_by_state" ON "merchants" ("state");
CREATE VIEW "v_merchants" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "number", "merchant", "platform", "category", "city", "tier", CASE "downstream" WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS "downstream", "daily_payments", strftime('%Y-%m-%dT%H:%M:%S', "registered_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "registered_at" % 1000000000 = 0 THEN '' WHEN "registered_at" % 1000000 = 0 THEN printf('.%03d', "registered_at" % 1000000000 / 1000000) WHEN "registered_at" % 1000 = 0 THEN printf('.%06d', "registered_at" % 1000000000 / 1000) ELSE printf('.%09d', "registered_at" % 1000000000) END || '+08:00' AS "registered_at", strftime('%Y-%m-%dT%H:%M:%S', "closed_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "closed_at" % 1000000000 = 0 THEN '' WHEN "closed_at" % 1000000 = 0 THEN printf('.%03d', "closed_at" % 1000000000 / 1000000) WHEN "closed_at" % 1000 = 0 THEN printf('.%06d', "closed_at" % 1000000000 / 1000) ELSE printf('.%09d', "closed_at" % 1000000000) END || '+08:00' AS "closed_at", "rollout", "institution", "state", "wave", strftime('%Y-%m-%dT%H:%M:%S', "planned_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "planned_at" % 1000000000 = 0 THEN '' WHEN "planned_at" % 1000000 = 0 THEN printf('.%03d', "planned_at" % 1000000000 / 1000000) WHEN "planned_at" % 1000 = 0 THEN printf('.%06d', "planned_at" % 1000000000 / 1000) ELSE printf('.%09d', "planned_at" % 1000000000) END || '+08:00' AS "planned_at", strftime('%Y-%m-%dT%H:%M:%S', "enabled_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "enabled_at" % 1000000000 = 0 THEN '' WHEN "enabled_at" % 1000000 = 0 THEN printf('.%03d', "enabled_at" % 1000000000 / 1000000) WHEN "enabled_at" % 1000 = 0 THEN printf('.%06d', "enabled_at" % 1000000000 / 1000) ELSE printf('.%09d', "enabled_at" % 1000000000) END || '+08:00' AS "enabled_at", strftime('%Y-%m-%dT%H:%M:%S', "changed_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "changed_at" % 1000000000 = 0 THEN '' WHEN "changed_at" % 1000000 = 0 THEN printf('.%03d', "changed_at" % 1000000000 / 1000000) WHEN "changed_at" % 1000 = 0 THEN printf('.%06d', "changed_at" % 1000000000 / 1000) ELSE printf('.%09d', "changed_at" % 1000000000) END || '+08:00' AS "changed_at", "reason", "events", "last_position" FROM "merchants";
CREATE VIEW "v_merchants_on" AS -- Merchants at which the institution is open.
SELECT * FROM v_merchants WHERE state IN ('enabled', 'reinstated') AND closed_at IS NULL;
CREATE VIEW "v_merchants_by_state" AS -- How many merchants stand in each state.
SELECT rollout, state, count(*) AS merchants FROM merchants GROUP BY rollout, state;
CREATE VIEW "v_merchants_on_by_tier" AS -- How many merchants of each tier are on, and of how many.
SELECT rollout, institution, tier, downstream,
  sum(state IN ('enabled', 'reinstated') AND closed_at IS NULL) AS merchants_on,
  count(*) AS merchants,
  round(100.0 * sum(state IN ('enabled', 'reinstated') AND closed_at IS NULL) / count(*), 1)
    AS percent_on
FROM merchants WHERE rollout IS NOT NULL GROUP BY rollout, institution, tier, downstream;
CREATE VIEW "v_merchant_why" AS -- Why each merchant is on or off, in a sentence.
SELECT merchant, rollout, institution, state,
  CASE WHEN state IN ('enabled', 'reinstated') AND closed_at IS NULL THEN 'on' ELSE 'off' END
    AS standing,
  CASE
    WHEN closed_at IS NOT NULL THEN 'off: it closed at ' || closed_at
    WHEN state = 'enabled' THEN 'on: wave ' || wave || ' enabled it at ' || enabled_at
    WHEN state = 'reinstated' THEN 'on again: reinstated at ' || changed_at
    WHEN state = 'rolled-back' THEN 'off: rolled back at ' || changed_at
    WHEN state = 'excluded' THEN 'off: excluded at ' || changed_at
      || coalesce(', reason ' || reason, '')
    WHEN state = 'pending' THEN 'off: not enabled yet'
    ELSE 'off: no rollout names it'
  END AS why, last_position
FROM v_merchants;
CREATE TABLE "rollouts" ( -- A rollout: the opening of one payment institution.
  "number" INTEGER PRIMARY KEY, -- the log's number of the rollout
  "plan" TEXT, -- the plan's id
  "version" INTEGER, -- the version of the plan that stands
  "institution" TEXT, -- the payment institution that it opens
  "phase" TEXT, -- consulted, announced, running, aborted or completed
  "paused" INTEGER, -- whether the opening is paused (0 or 1)
  "window_over" INTEGER, -- whether the window has ended (0 or 1)
  "consulted_at" INTEGER, -- when merchants were consulted (nanoseconds since 1970 UTC)
  "announced_at" INTEGER, -- when it was announced (nanoseconds since 1970 UTC)
  "effective_at" INTEGER, -- when the window begins (nanoseconds since 1970 UTC)
  "window_end" INTEGER, -- when the window ends (nanoseconds since 1970 UTC)
  "started_at" INTEGER, -- when it was started (nanoseconds since 1970 UTC)
  "ended_at" INTEGER, -- when it was completed or aborted (nanoseconds since 1970 UTC)
  "approvals" TEXT, -- the approvals given, in their order
  "merchants_in_order" INTEGER, -- merchants in the frozen order
  "pending" INTEGER, -- merchants never enabled
  "enabled" INTEGER, -- merchants enabled and on
  "rolled_back" INTEGER, -- merchants rolled back and off
  "reinstated" INTEGER, -- merchants on again after a roll-back
  "excluded" INTEGER, -- merchants kept off
  "order_digest" TEXT, -- SHA-256 of the frozen order
  "plan_digest" TEXT -- SHA-256 of the plan's document
);
CREATE VIEW "v_rollouts" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "number", "plan", "version", "institution", "phase", CASE "paused" WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS "paused", CASE "window_over" WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS "window_over", strftime('%Y-%m-%dT%H:%M:%S', "consulted_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "consulted_at" % 1000000000 = 0 THEN '' WHEN "consulted_at" % 1000000 = 0 THEN printf('.%03d', "consulted_at" % 1000000000 / 1000000) WHEN "consulted_at" % 1000 = 0 THEN printf('.%06d', "consulted_at" % 1000000000 / 1000) ELSE printf('.%09d', "consulted_at" % 1000000000) END || '+08:00' AS "consulted_at", strftime('%Y-%m-%dT%H:%M:%S', "announced_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "announced_at" % 1000000000 = 0 THEN '' WHEN "announced_at" % 1000000 = 0 THEN printf('.%03d', "announced_at" % 1000000000 / 1000000) WHEN "announced_at" % 1000 = 0 THEN printf('.%06d', "announced_at" % 1000000000 / 1000) ELSE printf('.%09d', "announced_at" % 1000000000) END || '+08:00' AS "announced_at", strftime('%Y-%m-%dT%H:%M:%S', "effective_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "effective_at" % 1000000000 = 0 THEN '' WHEN "effective_at" % 1000000 = 0 THEN printf('.%03d', "effective_at" % 1000000000 / 1000000) WHEN "effective_at" % 1000 = 0 THEN printf('.%06d', "effective_at" % 1000000000 / 1000) ELSE printf('.%09d', "effective_at" % 1000000000) END || '+08:00' AS "effective_at", strftime('%Y-%m-%dT%H:%M:%S', "window_end" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "window_end" % 1000000000 = 0 THEN '' WHEN "window_end" % 1000000 = 0 THEN printf('.%03d', "window_end" % 1000000000 / 1000000) WHEN "window_end" % 1000 = 0 THEN printf('.%06d', "window_end" % 1000000000 / 1000) ELSE printf('.%09d', "window_end" % 1000000000) END || '+08:00' AS "window_end", strftime('%Y-%m-%dT%H:%M:%S', "started_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "started_at" % 1000000000 = 0 THEN '' WHEN "started_at" % 1000000 = 0 THEN printf('.%03d', "started_at" % 1000000000 / 1000000) WHEN "started_at" % 1000 = 0 THEN printf('.%06d', "started_at" % 1000000000 / 1000) ELSE printf('.%09d', "started_at" % 1000000000) END || '+08:00' AS "started_at", strftime('%Y-%m-%dT%H:%M:%S', "ended_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "ended_at" % 1000000000 = 0 THEN '' WHEN "ended_at" % 1000000 = 0 THEN printf('.%03d', "ended_at" % 1000000000 / 1000000) WHEN "ended_at" % 1000 = 0 THEN printf('.%06d', "ended_at" % 1000000000 / 1000) ELSE printf('.%09d', "ended_at" % 1000000000) END || '+08:00' AS "ended_at", "approvals", "merchants_in_order", "pending", "enabled", "rolled_back", "reinstated", "excluded", "order_digest", "plan_digest" FROM "rollouts";
CREATE TABLE "waves" ( -- A wave of a rollout that has opened.
  "rollout" INTEGER, -- the log's number of the rollout
  "plan" TEXT, -- the plan's id
  "wave" INTEGER, -- the wave's number, from 1
  "planned_at" INTEGER, -- when the plan opens it (nanoseconds since 1970 UTC)
  "opened_at" INTEGER, -- when it opened (nanoseconds since 1970 UTC)
  "completed_at" INTEGER, -- when all its merchants had had their turn (nanoseconds since 1970 UTC)
  "merchants" INTEGER, -- merchants it had when it opened
  "enabled" INTEGER, -- merchants enabled by it
  "rolled_back" INTEGER, -- merchants of it rolled back
  PRIMARY KEY ("rollout", "wave")
);
CREATE VIEW "v_waves" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "rollout", "plan", "wave", strftime('%Y-%m-%dT%H:%M:%S', "planned_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "planned_at" % 1000000000 = 0 THEN '' WHEN "planned_at" % 1000000 = 0 THEN printf('.%03d', "planned_at" % 1000000000 / 1000000) WHEN "planned_at" % 1000 = 0 THEN printf('.%06d', "planned_at" % 1000000000 / 1000) ELSE printf('.%09d', "planned_at" % 1000000000) END || '+08:00' AS "planned_at", strftime('%Y-%m-%dT%H:%M:%S', "opened_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "opened_at" % 1000000000 = 0 THEN '' WHEN "opened_at" % 1000000 = 0 THEN printf('.%03d', "opened_at" % 1000000000 / 1000000) WHEN "opened_at" % 1000 = 0 THEN printf('.%06d', "opened_at" % 1000000000 / 1000) ELSE printf('.%09d', "opened_at" % 1000000000) END || '+08:00' AS "opened_at", strftime('%Y-%m-%dT%H:%M:%S', "completed_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "completed_at" % 1000000000 = 0 THEN '' WHEN "completed_at" % 1000000 = 0 THEN printf('.%03d', "completed_at" % 1000000000 / 1000000) WHEN "completed_at" % 1000 = 0 THEN printf('.%06d', "completed_at" % 1000000000 / 1000) ELSE printf('.%09d', "completed_at" % 1000000000) END || '+08:00' AS "completed_at", "merchants", "enabled", "rolled_back" FROM "waves";
CREATE TABLE "mix" ( -- Payments of one institution, platform, tiers and hour of the Beijing day.
  "institution" TEXT, -- the payment institution
  "platform" TEXT, -- taobao, tmall, or unknown where the merchant is not registered
  "merchant_tier" TEXT, -- the tier of the merchant's city
  "buyer_tier" TEXT, -- the tier of the city the order goes to
  "hour" INTEGER, -- the hour of the Beijing day, 0 to 23
  "captured_count" INTEGER, -- captured payments
  "captured_fen" INTEGER, -- their order transaction amount, in fen
  "paid_fen" INTEGER, -- their paid amount, in fen
  "balance_fen" INTEGER, -- paid from payment account balances where that is known, in fen
  "balance_known_count" INTEGER, -- captures of which that is known
  "refunded_count" INTEGER, -- refunds
  "refunded_fen" INTEGER, -- refunded, in fen; below zero where a sum was moved to another cell
  "pending_count" INTEGER, -- notices that a payment is pending
  "closed_count" INTEGER, -- payments closed unpaid
  "attempted_count" INTEGER, -- orders tried at the cashier
  "failed_payer" INTEGER, -- failed for the payer's sake
  "failed_merchant" INTEGER, -- failed for the merchant's sake
  "failed_integration" INTEGER, -- failed for the integration's sake
  "failed_institution" INTEGER, -- failed for the institution's sake
  "failed_risk" INTEGER, -- stopped by risk control
  "failed_other" INTEGER, -- pending, repeated or closed codes
  "failed_unclassified" INTEGER, -- failed with a code that nobody knows
  PRIMARY KEY ("institution", "platform", "merchant_tier", "buyer_tier", "hour")
);
CREATE VIEW "v_mix" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "institution", "platform", "merchant_tier", "buyer_tier", "hour", "captured_count", "captured_fen", "paid_fen", "balance_fen", "balance_known_count", "refunded_count", "refunded_fen", "pending_count", "closed_count", "attempted_count", "failed_payer", "failed_merchant", "failed_integration", "failed_institution", "failed_risk", "failed_other", "failed_unclassified" FROM "mix";
CREATE VIEW "v_mix_by_institution" AS -- What each institution captured, and its share of all.
SELECT institution, sum(captured_count) AS captured_count, sum(captured_fen) AS captured_fen,
  round(100.0 * sum(captured_count) / (SELECT max(1, sum(captured_count)) FROM mix), 1)
    AS percent, sum(refunded_count) AS refunded_count, sum(refunded_fen) AS refunded_fen,
  sum(failed_payer + failed_merchant + failed_integration + failed_institution + failed_risk + failed_other + failed_unclassified) AS failed_count
FROM mix GROUP BY institution;
CREATE VIEW "v_mix_by_market" AS -- The same by market: downstream is where the buyer's tier is T3 to T5.
SELECT CASE WHEN buyer_tier IN ('T3', 'T4', 'T5') THEN 'downstream'
    WHEN buyer_tier = 'unknown' THEN 'unknown' ELSE 'upper' END AS market,
  institution, sum(captured_count) AS captured_count, sum(captured_fen) AS captured_fen
FROM mix GROUP BY market, institution;
CREATE TABLE "reconciliation" ( -- What an institution captured and refunded on one Beijing day.
  "institution" TEXT, -- the payment institution
  "day" TEXT, -- the day in Beijing
  "captured_count" INTEGER, -- captures
  "captured_fen" INTEGER, -- captured, in fen
  "refunded_count" INTEGER, -- refunds
  "refunded_fen" INTEGER, -- refunded, in fen
  "net_fen" INTEGER, -- captured minus refunded, in fen
  "apart_count" INTEGER, -- captures and refunds kept out of these sums
  "apart_fen" INTEGER, -- their amount, in fen, those of other currencies left out
  PRIMARY KEY ("institution", "day")
);
CREATE VIEW "v_reconciliation" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "institution", "day", "captured_count", "captured_fen", "refunded_count", "refunded_fen", "net_fen", "apart_count", "apart_fen" FROM "reconciliation";
CREATE VIEW "v_reconciliation_by_day" AS -- A day of all institutions, and the net of each.
SELECT day,
  sum(captured_count) AS captured_count,
  sum(captured_fen) AS captured_fen,
  sum(refunded_count) AS refunded_count,
  sum(refunded_fen) AS refunded_fen,
  sum(net_fen) AS net_fen,
  sum(apart_count) AS apart_count,
  sum(apart_fen) AS apart_fen,
  sum(CASE institution WHEN 'wechat-pay' THEN net_fen ELSE 0 END) AS "wechat-pay_net_fen",
  sum(CASE institution WHEN 'alipay' THEN net_fen ELSE 0 END) AS "alipay_net_fen",
  sum(CASE institution WHEN 'unionpay' THEN net_fen ELSE 0 END) AS "unionpay_net_fen",
  sum(CASE institution WHEN 'card' THEN net_fen ELSE 0 END) AS "card_net_fen" FROM reconciliation GROUP BY day;
CREATE TABLE "discrepancies" ( -- A fact that broke policy: one flag of one event.
  "position" INTEGER, -- the event
  "flag" TEXT, -- what it broke
  "institution" TEXT, -- the payment institution
  "transaction" TEXT, -- the institution's transaction
  "order" TEXT, -- the platform's order
  "merchant" TEXT, -- the platform's id of the merchant
  "outcome" TEXT, -- the payment's outcome; attempted or disputed where it is no payment
  "amount_fen" INTEGER, -- the amount, in fen
  "occurred_at" INTEGER, -- when it occurred (nanoseconds since 1970 UTC)
  "log_time" INTEGER, -- when it was recorded (nanoseconds since 1970 UTC)
  "state" TEXT, -- open or resolved
  "resolved_at" INTEGER, -- the position of the event that resolved it
  PRIMARY KEY ("position", "flag")
);
CREATE INDEX "discrepancies_by_transaction" ON "discrepancies" ("transaction");
CREATE INDEX "discrepancies_by_order" ON "discrepancies" ("order");
CREATE INDEX "discrepancies_by_merchant" ON "discrepancies" ("merchant");
CREATE VIEW "v_discrepancies" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "position", "flag", "institution", "transaction", "order", "merchant", "outcome", "amount_fen", strftime('%Y-%m-%dT%H:%M:%S', "occurred_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "occurred_at" % 1000000000 = 0 THEN '' WHEN "occurred_at" % 1000000 = 0 THEN printf('.%03d', "occurred_at" % 1000000000 / 1000000) WHEN "occurred_at" % 1000 = 0 THEN printf('.%06d', "occurred_at" % 1000000000 / 1000) ELSE printf('.%09d', "occurred_at" % 1000000000) END || '+08:00' AS "occurred_at", strftime('%Y-%m-%dT%H:%M:%S', "log_time" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "log_time" % 1000000000 = 0 THEN '' WHEN "log_time" % 1000000 = 0 THEN printf('.%03d', "log_time" % 1000000000 / 1000000) WHEN "log_time" % 1000 = 0 THEN printf('.%06d', "log_time" % 1000000000 / 1000) ELSE printf('.%09d', "log_time" % 1000000000) END || '+08:00' AS "log_time", "state", "resolved_at" FROM "discrepancies";
CREATE VIEW "v_open_discrepancies" AS -- What broke policy and nothing has answered.
SELECT * FROM v_discrepancies WHERE state = 'open';
CREATE TABLE "guardrails" ( -- A breach of a guardrail, or its end.
  "position" INTEGER PRIMARY KEY, -- the event
  "log_time" INTEGER, -- when (nanoseconds since 1970 UTC)
  "rollout" INTEGER, -- the log's number of the rollout
  "wave" INTEGER, -- the wave
  "guardrail" TEXT, -- which guardrail
  "state" TEXT -- breached or cleared
);
CREATE VIEW "v_guardrails" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "position", strftime('%Y-%m-%dT%H:%M:%S', "log_time" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "log_time" % 1000000000 = 0 THEN '' WHEN "log_time" % 1000000 = 0 THEN printf('.%03d', "log_time" % 1000000000 / 1000000) WHEN "log_time" % 1000 = 0 THEN printf('.%06d', "log_time" % 1000000000 / 1000) ELSE printf('.%09d', "log_time" % 1000000000) END || '+08:00' AS "log_time", "rollout", "wave", "guardrail", "state" FROM "guardrails";
CREATE TABLE "timeline" ( -- An event that a person decided or must know of.
  "position" INTEGER PRIMARY KEY, -- the event
  "log_time" INTEGER, -- when (nanoseconds since 1970 UTC)
  "kind" TEXT, -- the kind of event
  "actor" TEXT, -- who caused it
  "actor_id" INTEGER, -- the actor's number, a uid of an operator
  "cause" INTEGER, -- the position of the event that led to it
  "rollout" INTEGER, -- the log's number of the rollout
  "wave" INTEGER, -- the wave
  "merchant" TEXT, -- the platform's id of the merchant
  "detail" TEXT -- what it says, in a few words
);
CREATE INDEX "timeline_by_merchant" ON "timeline" ("merchant");
CREATE VIEW "v_timeline" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "position", strftime('%Y-%m-%dT%H:%M:%S', "log_time" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "log_time" % 1000000000 = 0 THEN '' WHEN "log_time" % 1000000 = 0 THEN printf('.%03d', "log_time" % 1000000000 / 1000000) WHEN "log_time" % 1000 = 0 THEN printf('.%06d', "log_time" % 1000000000 / 1000) ELSE printf('.%09d', "log_time" % 1000000000) END || '+08:00' AS "log_time", "kind", "actor", "actor_id", "cause", "rollout", "wave", "merchant", "detail" FROM "timeline";
CREATE TABLE "terms" ( -- A word of a published version of the terms.
  "position" INTEGER, -- the event that published it
  "name" TEXT, -- the rule set
  "version" INTEGER, -- its version
  "published_at" INTEGER, -- when it was published (nanoseconds since 1970 UTC)
  "effective_at" INTEGER, -- when it takes effect (nanoseconds since 1970 UTC)
  "supersedes" INTEGER, -- the position of the version before it
  "withdrawn_by" INTEGER, -- the position of the version that came before it took effect
  "digest" TEXT, -- SHA-256 of the document
  "field" TEXT, -- the field that the word is for
  "old" TEXT, -- the old word
  "chinese" TEXT, -- the unified word in Chinese
  "english" TEXT -- the unified word in English
);
CREATE VIEW "v_terms" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "position", "name", "version", strftime('%Y-%m-%dT%H:%M:%S', "published_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "published_at" % 1000000000 = 0 THEN '' WHEN "published_at" % 1000000 = 0 THEN printf('.%03d', "published_at" % 1000000000 / 1000000) WHEN "published_at" % 1000 = 0 THEN printf('.%06d', "published_at" % 1000000000 / 1000) ELSE printf('.%09d', "published_at" % 1000000000) END || '+08:00' AS "published_at", strftime('%Y-%m-%dT%H:%M:%S', "effective_at" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "effective_at" % 1000000000 = 0 THEN '' WHEN "effective_at" % 1000000 = 0 THEN printf('.%03d', "effective_at" % 1000000000 / 1000000) WHEN "effective_at" % 1000 = 0 THEN printf('.%06d', "effective_at" % 1000000000 / 1000) ELSE printf('.%09d', "effective_at" % 1000000000) END || '+08:00' AS "effective_at", "supersedes", "withdrawn_by", "digest", "field", "old", "chinese", "english" FROM "terms";
CREATE TABLE "disputes" ( -- A dispute of a payment, at its latest stage.
  "institution" TEXT, -- the payment institution
  "transaction" TEXT, -- the institution's transaction
  "dispute" TEXT, -- the institution's id of the dispute
  "merchant" TEXT, -- the platform's id of the merchant
  "stage" TEXT, -- inquiry, opened, money-taken, money-returned or lost
  "amount" INTEGER, -- the amount in minor units of its currency
  "currency" INTEGER, -- the ISO 4217 number of the currency; 156 is CNY
  "taken" INTEGER, -- what the payer has of it, in minor units
  "code" TEXT, -- the institution's reason code
  "since" INTEGER, -- when it began (nanoseconds since 1970 UTC)
  "until" INTEGER, -- when its latest stage began (nanoseconds since 1970 UTC)
  "first_position" INTEGER, -- its first event
  "last_position" INTEGER, -- its latest event
  PRIMARY KEY ("institution", "transaction", "dispute")
);
CREATE INDEX "disputes_by_transaction" ON "disputes" ("transaction");
CREATE INDEX "disputes_by_merchant" ON "disputes" ("merchant");
CREATE VIEW "v_disputes" AS -- The table as its CSV shows it, instants in Beijing.
SELECT "institution", "transaction", "dispute", "merchant", "stage", "amount", "currency", "taken", "code", strftime('%Y-%m-%dT%H:%M:%S', "since" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "since" % 1000000000 = 0 THEN '' WHEN "since" % 1000000 = 0 THEN printf('.%03d', "since" % 1000000000 / 1000000) WHEN "since" % 1000 = 0 THEN printf('.%06d', "since" % 1000000000 / 1000) ELSE printf('.%09d', "since" % 1000000000) END || '+08:00' AS "since", strftime('%Y-%m-%dT%H:%M:%S', "until" / 1000000000, 'unixepoch', '+8 hours') || CASE WHEN "until" % 1000000000 = 0 THEN '' WHEN "until" % 1000000 = 0 THEN printf('.%03d', "until" % 1000000000 / 1000000) WHEN "until" % 1000 = 0 THEN printf('.%06d', "until" % 1000000000 / 1000) ELSE printf('.%09d', "until" % 1000000000) END || '+08:00' AS "until", "first_position", "last_position" FROM "disputes";
CREATE TABLE manifest ( -- Of what log and position each table is.
  dump TEXT PRIMARY KEY, -- the table
  rows INTEGER, -- how many it has
  position INTEGER, -- one past the last event that it holds
  sha256 TEXT, -- of the CSV of the same rows, `sluice dump NAME --format csv`
  document TEXT -- the whole manifest, JSON
);
CREATE TABLE about ( -- What this database is, for who opens it.
  name TEXT PRIMARY KEY,
  value TEXT
);
CREATE TABLE columns ( -- What each column means.
  "table" TEXT,
  number INTEGER, -- its place in the table, from 1
  "column" TEXT,
  form TEXT, -- what its cells are
  about TEXT,
  PRIMARY KEY ("table", number)
);
