// Schema 5. The day from which an amount is known is stored in its record; known_from.rs derives it from the statements.
