// Schema 6. A new folding of names; names.rs rewrites their keys and tokens.
