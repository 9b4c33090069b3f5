import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunMessage } from "../../../daemon/core/store.ts";
import { formatReport } from "../../../daemon/status/report-text.ts";
import { createTally } from "../../../daemon/sync/tally.ts";
import { makeReport } from "../../contract/store.ts";

const warning = (record: string): RunMessage => ({
  ...{ level: "warning", endpoint: "alm", record, field: "name", message: "both sides have their own value" },
});
const error = (record: string): RunMessage => ({ ...warning(record), level: "error", message: "no such value" });

test("E127 a run with many warnings shows its errors first", () => {
  const warnings = Array.from({ length: 60 }, (_, index) => warning(String(index)));
  const lines = formatReport({
    ...makeReport("r1", "payments/defects", 0),
    messages: [...warnings, error("99")],
    suppressed: 0,
  }).split("\n");
  const first = lines.findIndex((line) => /^ {2}(error|warning): /.test(line));
  assert.equal(lines[first], "  error: alm:99 name: no such value");
  assert.equal(lines[first + 1], "  warning: alm:0 name: both sides have their own value");
  assert.match(lines.at(-1) ?? "", /^ {2}… and 21 more: /);
});

test("E127 an error is kept in the report however many warnings came before it", () => {
  const tally = createTally();
  for (let index = 0; index < 1_500; index++) tally.say(warning(String(index)));
  tally.say(error("99"));
  const { messages, suppressed } = tally.messages();
  assert.equal(messages.length, 1_000);
  assert.equal(suppressed, 501);
  assert.deepEqual(messages.at(-1), error("99"));
});
