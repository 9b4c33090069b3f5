// Runs TypeScript beside the daemon: its API drives a compiler process and rejects promises that nobody holds when that one dies.
import { type Compiled, createCompiler, type Wanted } from "./typecheck-compiler.ts";

/** From the daemon; one at a time. */
export interface CheckRequest {
  readonly files: ReadonlyMap<string, string>;
  readonly ambient: ReadonlyMap<string, string>;
  readonly wanted: Wanted;
}

export type CheckReply = ({ readonly ok: true } & Compiled) | { readonly ok: false; readonly message: string };

const compile = createCompiler();

process.on("message", ({ files, ambient, wanted }: CheckRequest) => {
  compile(files, ambient, wanted).then(
    (compiled) => reply({ ok: true, ...compiled }),
    (error: unknown) => reply({ ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
});

// Without a daemon there is nothing to check; the compiler may be lost in a type that computes for ever and would not notice.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));

function reply(message: CheckReply): void {
  process.send?.(message);
}
