// Schema 5. The day from which an amount is known stands in its record; upgrade.rs derives it from the statements of what stands.
