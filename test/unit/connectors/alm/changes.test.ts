import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrackerRecord } from "../../../../daemon/core/record.ts";
import { never, pageJson, type Said, type Scripted, scripted } from "./fake.ts";

async function list(
  server: Scripted,
  since: string | null,
  fields: readonly string[] = ["name"],
): Promise<{ records: TrackerRecord[]; asOf: string | null }> {
  const records: TrackerRecord[] = [];
  let asOf: string | null = null;
  for await (const page of server.connector.changes({ entity: "defect", fields, since }, never)) {
    records.push(...page.records);
    asOf ??= page.asOf;
  }
  return { records, asOf };
}

function time(utc: string, local: string): Said {
  return { body: JSON.stringify({ ServerTime: { TimeInMillis: Date.parse(utc), DateTime: local } }) };
}

/** The wall time from which on the last listing asked. */
function from(server: Scripted): string | undefined {
  return /last-modified\[>="([^"]+)"\]/.exec(
    server.routes().findLast((route) => route.startsWith("GET /defects")) ?? "",
  )?.[1];
}

const row = (id: number, at = "2026-01-01 10:00:00") => ({
  id: String(id),
  name: `n${id}`,
  "last-modified": at,
  "ver-stamp": "4",
});

test("pages by the last id until TotalResults is reached, however few rows the server gives", async () => {
  const all = [3, 4, 9, 12, 40];
  const server = scripted((route) => {
    const after = Number(/id\[>(\d+)\]/.exec(route)?.[1] ?? Number.NaN);
    if (!route.startsWith("GET /defects")) return undefined;
    const left = all.filter((id) => id > after);
    return pageJson(
      left.slice(0, 2).map((id) => row(id)),
      left.length,
    );
  });
  const { records } = await list(server, null);
  assert.deepEqual(
    records.map((record) => record.id),
    ["3", "4", "9", "12", "40"],
  );
  assert.equal(server.routes().filter((route) => route.startsWith("GET /defects")).length, 3);
  assert.deepEqual(records[0], { id: "3", version: "4", modified: "2026-01-01T09:00:00Z", fields: { name: "n3" } });
});

test("a listing without changes costs the clock and one page", async () => {
  const server = scripted((route) => (route.startsWith("GET /defects") ? pageJson([]) : undefined));
  const { asOf } = await list(server, "2026-01-01T08:59:00Z");
  assert.equal(asOf, "2026-01-01T09:00:00Z");
  assert.deepEqual(
    server
      .routes()
      .slice(2)
      .map((route) => route.replace(/\?.*/, "")),
    ["GET /rest/server/time", "GET /defects"],
  );
});

test("rows out of order, rows without id and a count without rows are refused rather than looped over", async () => {
  for (const answer of [pageJson([row(5), row(4)], 9), pageJson([{ name: "x" }]), pageJson([], 7)]) {
    const server = scripted((route) => (route.startsWith("GET /defects") ? answer : undefined));
    await assert.rejects(list(server, null), { kind: "unavailable" });
  }
});

test("within the half hour in which the offset was learnt, the listing starts where it was asked to", async () => {
  const server = scripted((route) =>
    route.startsWith("GET /defects")
      ? pageJson([])
      : route.includes("server/time")
        ? time("2026-01-01T09:20:00Z", "2026-01-01 10:20:00")
        : undefined,
  );
  await list(server, "2026-01-01T09:05:00Z");
  assert.equal(from(server), "2026-01-01 10:05:00");
});

test("an offset says nothing of earlier hours: the listing steps back by the hour that a clock may have been moved", async () => {
  const server = scripted((route) =>
    route.startsWith("GET /defects")
      ? pageJson([])
      : route.includes("server/time")
        ? time("2026-03-29T01:05:00Z", "2026-03-29 03:05:00")
        : undefined,
  );
  // Put forward at 01:00Z: what was modified at 00:40Z shows 01:40, which the new offset alone would take for 23:40Z.
  await list(server, "2026-03-29T00:35:00Z");
  assert.equal(from(server), "2026-03-29 01:35:00");
});

test("with a named zone the listing is exact, and starts earlier only where the clock was put back", async () => {
  const rows = [row(1, "2026-10-25 01:40:00"), row(2, "2026-10-25 02:10:00"), row(3, "2026-10-25 02:50:00")];
  const server = scripted(
    (route) =>
      route.startsWith("GET /defects")
        ? pageJson(rows)
        : route.includes("server/time")
          ? time("2026-10-25T01:20:00Z", "2026-10-25 02:20:00")
          : undefined,
    { zone: "Europe/Berlin" },
  );
  // 00:30Z is the first 02:30; at 01:00Z the clock shows 02:00 again.
  const { records } = await list(server, "2026-10-25T00:30:00Z");
  assert.equal(from(server), "2026-10-25 02:00:00");
  assert.deepEqual(
    records.map((record) => record.id),
    ["2", "3"],
  );
  await list(server, "2026-07-01T00:00:00Z");
  assert.equal(from(server), "2026-07-01 02:00:00");
  await list(server, "2026-03-29T00:35:00Z");
  assert.equal(from(server), "2026-03-29 01:35:00");
});

test("every edit of both DST days is found from every cursor before it", async () => {
  const { createZone } = await import("../../../../daemon/lib/zone.ts");
  const berlin = createZone("Europe/Berlin");
  const server = scripted((route) => (route.startsWith("GET /defects") ? pageJson([]) : undefined), {
    zone: "Europe/Berlin",
  });
  for (const day of ["2026-03-29", "2026-10-25"]) {
    const start = Date.parse(`${day}T00:00:00Z`);
    for (let since = start; since < start + 3 * 3_600_000; since += 20 * 60_000) {
      await list(server, new Date(since).toISOString());
      const first = from(server) ?? "";
      for (let at = since; at < since + 4 * 3_600_000; at += 10 * 60_000)
        assert.ok(
          berlin.toLocal(at) >= first,
          `${day}: edit at ${new Date(at).toISOString()} since ${new Date(since).toISOString()}`,
        );
    }
  }
});

test("a server that does not tell its time is read by the Date header and the setting, or UTC with a note", async () => {
  const script = (route: string): Said | undefined => {
    if (route.includes("server/time")) return { status: 404 };
    return route.startsWith("GET /defects")
      ? { ...pageJson([row(1, "2026-07-01 10:00:00")]), headers: { date: "Wed, 01 Jul 2026 09:00:00 GMT" } }
      : undefined;
  };
  const server = scripted(script);
  const { records, asOf } = await list(server, null);
  assert.equal(asOf, "2026-07-01T09:00:00Z");
  assert.equal(records[0]?.modified, "2026-07-01T10:00:00Z");
  assert.equal(server.notes.length, 1);
  await list(server, null);
  assert.equal(server.routes().filter((route) => route.includes("server/time")).length, 1);
  const named = scripted(script, { zone: "Europe/Berlin" });
  assert.equal((await list(named, null)).records[0]?.modified, "2026-07-01T08:00:00Z");
  assert.deepEqual(named.notes, []);
});

test("the server's time is read in XML too, and nonsense is refused", async () => {
  const xml =
    "<ServerTime><TimeInMillis>1767258000000</TimeInMillis><DateTime>2026-01-01 14:30:00</DateTime></ServerTime>";
  const server = scripted((route) =>
    route.includes("server/time")
      ? { body: xml }
      : route.startsWith("GET /defects")
        ? pageJson([row(1, "2026-01-01 14:30:00")])
        : undefined,
  );
  assert.equal((await list(server, null)).records[0]?.modified, "2026-01-01T09:00:00Z");
  for (const body of [
    "<html></html>",
    '{"TimeInMillis":"soon"}',
    "{}",
    '{"TimeInMillis":1767258000000,"DateTime":"2029-01-01 00:00:00"}',
  ]) {
    const broken = scripted((route) => (route.includes("server/time") ? { body } : undefined));
    await assert.rejects(list(broken, null), { kind: "unavailable" }, body);
  }
});

test("a field that the project does not have is named", async () => {
  const server = scripted((route) =>
    route.startsWith("GET /defects")
      ? { status: 400, body: '{"Id":"qccore.unknown-field-name","Title":"x"}' }
      : undefined,
  );
  await assert.rejects(list(server, null, ["name", "user-99"]), { kind: "invalid", field: "user-99" });
});

test("a server without ver-stamp is asked again for what its metadata has", async () => {
  const server = scripted((route) => {
    if (route.endsWith("/fields"))
      return {
        body: JSON.stringify({
          Fields: {
            Field: ["id", "name", "last-modified", "bug-ver-stamp"].map((name) => ({
              name,
              type: name === "last-modified" ? "DateTime" : "String",
            })),
          },
        }),
      };
    if (!route.startsWith("GET /defects")) return undefined;
    return route.includes("bug-ver-stamp")
      ? pageJson([{ id: "1", name: "n", "last-modified": "2026-01-01 10:00:00", "bug-ver-stamp": "8" }])
      : { status: 500, body: '{"Id":"qccore.unknown-field-name","Title":"x"}' };
  });
  assert.equal((await list(server, null)).records[0]?.version, "8");
});
