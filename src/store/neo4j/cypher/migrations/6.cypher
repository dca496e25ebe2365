// Schema 6. Names are folded otherwise; refold.rs writes their keys and tokens anew.
