export function clean(text: string | null {
  return text;
}
