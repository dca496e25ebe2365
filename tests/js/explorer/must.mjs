/** Fails with what is not so. */
export function must(holds, complaint) {
  if (!holds) throw new Error(complaint);
}

/** Waits until a place on the page has a text. */
export async function says(locator, text) {
  const found = locator.filter({ hasText: text });
  try {
    await found.first().waitFor();
  } catch {
    const all = await locator.allInnerTexts();
    throw new Error(`no “${text}” in ${JSON.stringify(all).slice(0, 600)}`);
  }
}
