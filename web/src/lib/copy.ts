/**
 * Puts a text where it can be pasted. Browsers give pages their clipboard only over TLS or on the same machine;
 * elsewhere the old way does.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const held = document.createElement('textarea');
    held.value = text;
    document.body.append(held);
    held.select();
    const done = document.execCommand('copy');
    held.remove();
    return done;
  }
}
