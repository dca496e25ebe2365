/** The reader's date, as `2026-11-23`: the format of Sweden is ISO 8601. */
export const today = (): string => new Date().toLocaleDateString('sv-SE');
