//! Neo4j killed, paused, slow, locked, away at the start: nobody waits without end, nothing acknowledged is lost, nothing stands by
//! half, and what was away is found again. Against a real server, over real HTTP where a user would see it.

mod app;
mod disk;
mod fenced;
mod held;
mod kills;
mod lease;
mod load;
mod opening;
mod operating;
mod pauses;
mod staged;
mod tls;
