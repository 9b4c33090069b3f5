import { formatDiagnostic } from "../core/diagnostic.ts";
import { OperatorError } from "../core/errors.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import { openConfigRepository, openWorkshop } from "../main.ts";
import type { Host } from "./host.ts";
import type { Place } from "./place.ts";

/** The connections of the branch's tip; `OperatorError` with all its diagnostics where it would not go live. */
export async function readConnections(host: Host, place: Place): Promise<readonly ConnectionConfig[]> {
  const repository = await openConfigRepository(place.settings, {
    emit: () => undefined,
    now: host.now,
    signal: host.signal,
  });
  await repository.refresh(host.signal);
  const tip = await repository.tip(host.signal);
  if (tip === null)
    throw new OperatorError(
      `The branch ${repository.branch()} of ${repository.location} has no commit.`,
      "Commit the configuration first.",
    );
  const workshop = openWorkshop();
  try {
    const built = await workshop.build(await repository.readTree(tip, host.signal), host.signal);
    if (built.ok) return built.candidate.connections;
    throw new OperatorError(
      `The configuration at ${tip.slice(0, 10)} is not right:\n${built.diagnostics.map(formatDiagnostic).join("\n")}`,
      "Mend it first; `syncline check` says the same.",
    );
  } finally {
    await workshop.close();
  }
}
