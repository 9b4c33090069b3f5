import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import type { Attachment, AttachmentDraft, AttachmentPort, Content } from "../../daemon/core/parts.ts";
import type { Fault } from "../../daemon/sandbox/simulator.ts";
import { attachmentCases } from "./attachment-cases.ts";
import { attachmentTroubleCases } from "./attachment-trouble.ts";
import { type Bench, createBench } from "./bench.ts";
import type { Fixture } from "./fixture.ts";

export type FileOperation = "list" | "read" | "add" | "change" | "remove";

/** One tracker with files, for the suite below. */
export interface AttachmentFixture {
  readonly fixture: Fixture;
  /** True where a file's content is replaced and its id stays. */
  readonly replaces: boolean;
  /** True where a record has each name once: the tracker gives the second one another. */
  readonly uniqueNames: boolean;
  /** The name under which the tracker keeps a file that is called so. */
  kept(name: string): string;
  /** Files of such names the server does not find to rename or remove them; absent: none. */
  isStuck?(name: string): boolean;
  /** What another person does in the tracker meanwhile. */
  readonly person: {
    attach(record: string, name: string, content: string): Promise<string>;
    /** Null where nobody can. */
    readonly replace: ((record: string, file: string, content: string) => Promise<void>) | null;
    detach(record: string, file: string): Promise<void>;
  };
  /** What somebody with the right to see the record gets at an attachment's address. */
  open(url: string): Promise<Buffer>;
  /** Makes the next such request go wrong; null where the tracker is real. */
  readonly arm: ((fault: Omit<Fault, "path" | "method"> & { readonly on: FileOperation }) => void) | null;
  /** Bytes of the largest file that the tracker takes. */
  readonly largest: number;
}

export interface Stage extends Bench {
  readonly site: AttachmentFixture;
  readonly port: AttachmentPort;
  readonly entity: string;
  /** A record without files. */
  fresh(): Promise<string>;
  /** The files of one record, which must be there. */
  files(record: string): Promise<readonly Attachment[]>;
  /** Adds a file with this text. */
  add(record: string, name: string, text: string, description?: string): Promise<Attachment>;
  bytes(record: string, file: Attachment): Promise<Buffer>;
}

/** Returns why it does not apply to this tracker, or nothing. */
export type FileCase = readonly [title: string, run: (stage: Stage) => Promise<string | undefined>];

const CASE_MS = 60_000;

/** What every connector with attachments owes the engine, whatever its tracker. */
export function attachmentContract(name: string, makeSite: () => Promise<AttachmentFixture>): void {
  describe(`attachments contract: ${name}`, () => {
    const state: { stage: Stage | null } = { stage: null };

    before(async () => {
      const site = await makeSite();
      state.stage = createStage(site, await site.fixture.open());
    });
    after(async () => {
      await state.stage?.connector.close();
      await state.stage?.fixture.close();
    });

    for (const [title, run] of [...attachmentCases, ...attachmentTroubleCases]) {
      test(title, { timeout: CASE_MS }, async (t) => {
        assert.ok(state.stage !== null);
        state.stage.fixture.disarm();
        const why = await run(state.stage);
        if (why !== undefined) t.skip(why);
      });
    }
  });
}

function createStage(site: AttachmentFixture, connector: Connector): Stage {
  const bench = createBench(site.fixture, connector);
  const port = connector.attachments ?? assert.fail("the connector has no attachments");
  const { entity } = site.fixture;

  async function files(record: string): Promise<readonly Attachment[]> {
    return (await port.list(entity, [record], bench.signal)).get(record) ?? assert.fail(`${record} is not there`);
  }

  return {
    ...bench,
    site,
    port,
    entity,
    files,
    async fresh() {
      const [record] = await bench.make({});
      return record?.id ?? assert.fail("no record");
    },
    add: (record, name, text, description = "") =>
      port.add(entity, record, draftOf(name, text, description), bench.signal),
    bytes: (record, file) => collect(port.read(entity, record, file, 1_000_000_000, bench.signal)),
  };
}

export function draftOf(name: string, content: string | Uint8Array | Content, description = ""): AttachmentDraft {
  return {
    name,
    description,
    content: typeof content === "string" || content instanceof Uint8Array ? contentOf(content) : content,
  };
}

/** In pieces of at most 64 KiB, as files are read. */
export function contentOf(given: string | Uint8Array): Content {
  const bytes = Buffer.from(given);
  return {
    size: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

export async function hashOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
