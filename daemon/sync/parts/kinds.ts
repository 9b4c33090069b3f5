import { attachmentWork } from "./attachments.ts";
import { commentWork } from "./comments.ts";
import { entityLinkWork } from "./entity-links.ts";
import type { PartWork } from "./parts.ts";

/** Every kind of part that links may carry, in the order in which a run looks at them. */
export const PART_WORKS: readonly PartWork[] = [attachmentWork, commentWork, entityLinkWork];
