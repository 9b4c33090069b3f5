import { checkDefaultUser, checkListedUsers } from "./default-user.ts";
import { checkForeignUsers, checkForeignValues } from "./foreign.ts";
import { checkLengths } from "./lengths.ts";
import type { LinkContext } from "./link-context.ts";
import { checkUniqueNames } from "./unique-names.ts";
import { checkCircles } from "./value-circles.ts";
import { checkValueFit } from "./value-fit.ts";
import { checkReturns, checkWayBack } from "./way-back.ts";
import { assumed, type RowSeen, waysOf } from "./ways.ts";

/** Whether what travels on a row fits the field that it goes to, each way that it goes (E136–E138, S57). */
export function checkFit(row: RowSeen, context: LinkContext): void {
  const { report } = context;
  checkUniqueNames(row, context);
  for (const way of waysOf(row, context)) {
    checkLengths(way, report);
    checkForeignValues(way, report);
    checkForeignUsers(way, report);
    checkValueFit(way, report);
    checkDefaultUser(way, report);
    checkListedUsers(way, report);
  }
  const ways = waysOf(assumed(row), context);
  for (const way of ways) checkWayBack(way, report);
  checkReturns(ways, report);
  checkCircles(ways, report);
}
