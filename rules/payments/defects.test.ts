// `syncline test` runs this, in the rules' own cage and without a tracker.
import { expect, run, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };

test("a defect that is in step stays as it is: people, releases and lists arrive as they stand there", async () => {
  const { issue, errors } = await run(crash);
  const { description: _, ...recorded } = crash.partner.fields;
  const carried = Object.keys(recorded).filter((name) => name in issue);
  expect(carried.length > 8).toBe(true);
  for (const name of carried) expect([name, issue[name]]).toEqual([name, Object(recorded)[name]]);
  expect(errors).toEqual({});
});

test("a defect without a description gets one in Agile Manager", async () => {
  const { issue } = await run(crash, { record: { description: null } });
  expect(issue["description"]).toBe("<p>No description</p>");
});

test("a defect of nobody's is an internal one", async () => {
  const { replica, issue } = await run(crash, { record: { "user-03": null } });
  expect(replica["user-03"]).toBe("internal");
  expect(issue["user_03"]).toBe("internal");
});

test("a new defect begins as New, whatever it was", async () => {
  const { issue } = await run(crash, { partner: null });
  expect(issue["status"]).toBe("New");
});

test("a backlog item that is made in ALM was detected when it was created", async () => {
  const { issue } = await run(crash, { from: "agm", partner: null });
  expect(issue).toHave({ "creation-time": "2026-10-18", severity: "3-High" });
});

test("an ALM defect that is there keeps the day on which it was detected", async () => {
  const { issue } = await run(crash, { from: "agm" });
  expect(issue["creation-time"]).toBe(undefined);
});
