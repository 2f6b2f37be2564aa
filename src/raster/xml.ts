const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 forbids control characters but tab, line feed and carriage return. */
function isAllowed(character: string): boolean {
  return character >= ' ' || character === '\t' || character === '\n' || character === '\r';
}

/** Text made safe for XML content and double-quoted attributes. */
export function escapeXml(text: string): string {
  return Array.from(text)
    .filter(isAllowed)
    .map((character) => entities[character] ?? character)
    .join('');
}
