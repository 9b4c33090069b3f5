import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import type { Comment, CommentEdit, CommentPort } from "../../daemon/core/parts.ts";
import { escapeHtml } from "../../daemon/fields/html.ts";
import { NO_REDMINE, type RedmineFacts, redmineFacts } from "../trackers/redmine.ts";
import { agileManagerFixture } from "./agile-manager-fixture.ts";
import { almFixture } from "./alm-fixture.ts";
import { type CommentFixture, commentContract } from "./comments.ts";
import type { Fixture } from "./fixture.ts";
import { fact, type RedmineFixture, redmineFixture } from "./redmine-fixture.ts";

const signal = new AbortController().signal;
const LINE = `<br><font color="#000080"><b>________________________________________</b></font><br>`;

/** What a person does to a memo with the product's own client: appends a header and a text, or edits in the middle of it. */
function memoFixture(
  fixture: Fixture,
  field: string,
  person: CommentFixture["author"],
  rest: Pick<CommentFixture, "silent">,
) {
  async function memo(id: string): Promise<string> {
    const connector = await fixture.open();
    const records = await connector.read(fixture.entity, [id], [field], signal);
    await connector.close();
    return String(records.get(id)?.fields[field] ?? "");
  }
  const site: CommentFixture = {
    ...{ fixture, author: person, ...rest },
    async say(id, text) {
      const before = await memo(id);
      const head = `<font color="#000080"><b>Someone Else &lt;someone&gt;, 1/31/2026:</b></font><br>`;
      const block = `${before === "" ? "" : LINE}${head}${escapeHtml(text)}`;
      const at = before.lastIndexOf("</body>");
      const after =
        at === -1 ? `<html><body>${before}${block}</body></html>` : before.slice(0, at) + block + before.slice(at);
      await fixture.edit(id, { [field]: after });
    },
    async rewrite(id, from, to) {
      const before = await memo(id);
      assert.ok(before.includes(from));
      await fixture.edit(id, { [field]: before.replace(from, to) });
    },
  };
  return site;
}

const JANE = { login: "jane.doe", name: "Jane Doe" };

commentContract("alm", async () => memoFixture(await almFixture(), "dev-comments", JANE, { silent: "release" }));
commentContract("alm, memos as they were sent", async () =>
  memoFixture(await almFixture({ switches: { memo: "verbatim" } }), "dev-comments", JANE, { silent: "release" }),
);
commentContract("agile-manager", async () =>
  memoFixture(
    await agileManagerFixture(),
    "dev_comments",
    { login: "jane.doe@example.com", name: "jane.doe@example.com" },
    { silent: "theme" },
  ),
);

const facts = redmineFacts(process.env);

if (typeof facts === "string") {
  test("X15 comments contract: redmine", { skip: NO_REDMINE }, () => undefined);
} else {
  commentContract("redmine by an administrator's key", async () => redmineSite(facts, await redmineFixture(facts)));
  commentContract("redmine by a manager's key", async () => {
    const fixture = await redmineFixture(facts);
    const key = fact(facts, "REDMINE_USER_SYNCBOT_KEY");
    return redmineSite(facts, { ...fixture, open: async () => fixture.connect(key) });
  });
  describe("redmine: whose comments they are", () => redmineCases(facts));
}

async function call(given: RedmineFacts, key: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${fact(given, "REDMINE_URL")}${path}`, {
    method,
    headers: { "x-redmine-api-key": fact(given, key), "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path} answered ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

interface Journal {
  readonly id: number;
  readonly user: { readonly name: string };
  readonly notes: string;
  readonly private_notes: boolean;
}

async function journals(given: RedmineFacts, id: string): Promise<readonly Journal[]> {
  const body = await call(given, "REDMINE_API_KEY", "GET", `/issues/${id}.json?include=journals`);
  return (body as { issue: { journals: readonly Journal[] } }).issue.journals.filter(({ notes }) => notes !== "");
}

function redmineSite(given: RedmineFacts, fixture: Fixture): CommentFixture {
  return {
    fixture,
    author: { login: "alice", name: "Alice Anders" },
    silent: "version",
    say: async (id, text) => {
      await call(given, "REDMINE_USER_CAROL_KEY", "PUT", `/issues/${id}.json`, { issue: { notes: text } });
    },
    async rewrite(id, from, to) {
      const found = (await journals(given, id)).find(({ notes }) => notes.includes(from));
      const notes = found?.notes.replace(from, to);
      await call(given, "REDMINE_API_KEY", "PUT", `/journals/${found?.id}.json`, { journal: { notes } });
    },
  };
}

function redmineCases(given: RedmineFacts): void {
  let site: RedmineFixture;
  const open: Connector[] = [];

  before(async () => {
    site = await redmineFixture(given);
  });
  after(async () => {
    for (const connector of open) await connector.close();
    await site.close();
  });

  async function issue(): Promise<string> {
    const body = await call(given, "REDMINE_API_KEY", "POST", "/issues.json", {
      issue: { project_id: "beta", tracker_id: 1, subject: "comments of a test" },
    });
    return String((body as { issue: { id: number } }).issue.id);
  }

  function by(key: string): CommentPort {
    const connector = site.connect(fact(given, key));
    open.push(connector);
    return connector.comments ?? assert.fail("no comments");
  }

  function add(login: string | null, name: string, more: Partial<Extract<CommentEdit, { kind: "add" }>> = {}) {
    const author = { login, name };
    const at = `${new Date().toISOString().slice(0, 19)}Z`;
    return [{ kind: "add", body: "said so", author, at, origin: "alm:7", private: false, ...more } as const];
  }

  test("X15 a person with an account writes as that person, and the text is theirs alone", async () => {
    const id = await issue();
    const [comment] = await by("REDMINE_API_KEY").write("issue", id, add("alice", "Anna Berg"), signal);
    assert.deepEqual([comment?.author, comment?.authorName, comment?.origin], ["alice", "Alice Anders", null]);
    const [journal] = await journals(given, id);
    assert.deepEqual([journal?.user.name, journal?.notes], ["Alice Anders", "said so"]);
  });

  test("X15 an old comment keeps its time in a line above it", async () => {
    const id = await issue();
    const at = "2024-02-29T23:59:58Z";
    const [comment] = await by("REDMINE_API_KEY").write("issue", id, add("alice", "Anna Berg", { at }), signal);
    assert.deepEqual([comment?.author, comment?.at, comment?.body], ["alice", at, "said so"]);
    const [journal] = await journals(given, id);
    assert.deepEqual(
      [journal?.user.name, journal?.notes],
      ["Alice Anders", "_2024-02-29 23:59:58 UTC [alm:7]:_\n\nsaid so"],
    );
  });

  for (const [login, why] of [
    ["gone", "is locked"],
    ["frank", "may not see the project"],
    ["nobody", "has no account"],
  ] as const) {
    test(`X15 somebody who ${why} is named in front of the text`, async () => {
      const id = await issue();
      const [comment] = await by("REDMINE_API_KEY").write("issue", id, add(login, "Jane Doe"), signal);
      assert.deepEqual([comment?.author, comment?.authorName, comment?.body], [null, "Jane Doe", "said so"]);
      const [journal, ...more] = await journals(given, id);
      assert.deepEqual(more, []);
      assert.match(journal?.notes ?? "", /^_Jane Doe, 20[\d -]+[\d:]+ UTC \[alm:7\]:_\n\nsaid so$/);
      assert.equal(journal?.user.name, "Redmine Admin");
    });
  }

  test("X15 a key without administrator's rights names the author in front of the text", async () => {
    const id = await issue();
    const [comment] = await by("REDMINE_USER_SYNCBOT_KEY").write("issue", id, add("alice", "Alice Anders"), signal);
    assert.deepEqual([comment?.authorName, comment?.body, comment?.origin], ["Alice Anders", "said so", "alm:7"]);
    assert.equal((await journals(given, id))[0]?.user.name, "Sync Bot");
  });

  test("X15 a line above the text that another account wrote is not taken at its word", async () => {
    const id = await issue();
    const notes = "_The Boss, 2026-01-31 [alm:7]:_\n\nsack them all";
    await call(given, "REDMINE_USER_CAROL_KEY", "PUT", `/issues/${id}.json`, { issue: { notes } });
    const comments = (await by("REDMINE_API_KEY").list("issue", [id], signal)).get(id);
    assert.deepEqual(
      comments?.map((c) => [c.author, c.authorName, c.body]),
      [[null, "The Boss via Carol O'Connor", "sack them all"]],
    );
  });

  test("X15 private comments are hidden, whoever wrote them, or not written at all", async () => {
    const id = await issue();
    const edit = add("alice", "Alice Anders", { private: true });
    const [comment] = await by("REDMINE_API_KEY").write("issue", id, edit, signal);
    assert.deepEqual([comment?.private, comment?.authorName], [true, "Alice Anders"]);
    assert.equal((await journals(given, id))[0]?.private_notes, true);
  });

  test("X15 a role that may not edit comments is told which right it lacks, and the run goes on", async () => {
    const id = await issue();
    const [comment] = await by("REDMINE_API_KEY").write("issue", id, add("alice", "Alice Anders"), signal);
    const edit = { kind: "change", comment: comment as Comment, body: "edited" } as const;
    await assert.rejects(by("REDMINE_USER_BOB_KEY").write("issue", id, [edit], signal), (error) => {
      assert.equal((error as { kind?: string }).kind, "invalid");
      assert.match(String(error), /Edit notes/);
      return true;
    });
  });

  test("X15 change sets without a text are no comments, and a comment with one loses its text alone", async () => {
    const id = await issue();
    await call(given, "REDMINE_USER_CAROL_KEY", "PUT", `/issues/${id}.json`, { issue: { done_ratio: 10 } });
    await call(given, "REDMINE_USER_CAROL_KEY", "PUT", `/issues/${id}.json`, {
      issue: { done_ratio: 20, notes: "both" },
    });
    const port = by("REDMINE_API_KEY");
    const comments = (await port.list("issue", [id], signal)).get(id) ?? [];
    assert.deepEqual(
      comments.map((c) => c.body),
      ["both"],
    );
    assert.deepEqual(await port.write("issue", id, [{ kind: "remove", comment: comments[0] as Comment }], signal), []);
  });
}
