/** The one entity type whose records lie in one another, and the field that says where. */
export const TREE = "requirement";
export const PARENT = "parent-id";
