//! What requests hold: every byte of them is charged, and a server under attack keeps within its memory.

mod attacks;
mod budget;
mod charges;
mod requests;
mod server;
mod texts;
