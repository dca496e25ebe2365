//! Leasing and releasing memory by accounts.

use super::*;

const MIB: u64 = 1024 * 1024;

#[test]
fn what_is_held_is_given_back() {
    let memory = Memory::new(16 * MIB);
    let account = memory.account(Purpose::Work);
    let charge = account.hold(5 * MIB).unwrap();
    account.keep(MIB).unwrap();
    assert_eq!(account.held(), 6 * MIB);
    drop(charge);
    assert_eq!(account.held(), MIB);
    assert!(memory.used() < 4 * MIB, "{}", memory.used());
    drop(account);
    assert_eq!(memory.used(), 0);
}

#[test]
fn a_small_account_finds_room_beside_large_ones() {
    let memory = Memory::new(16 * MIB);
    let large = memory.account(Purpose::Work);
    while large.keep(MIB / 4).is_ok() {}
    assert_eq!(
        large.exhausted(),
        Some(MemoryExhausted::Request { max: 16 * MIB })
    );
    let other = memory.account(Purpose::Work);
    assert_eq!(
        other.keep(2 * MIB),
        Err(MemoryExhausted::Shared { max: 16 * MIB })
    );
    let small = memory.account(Purpose::Work);
    small.keep(MIB / 2).unwrap();
    small.keep(MIB).unwrap_err();
    let answer = memory.account(Purpose::Outgoing);
    answer.keep(1024).unwrap();
    drop((large, other, small, answer));
    assert_eq!(memory.used(), 0);
}

#[test]
fn clients_that_take_nothing_leave_room_for_work() {
    let memory = Memory::new(16 * MIB);
    let texts: Vec<Account> = (0..64).map(|_| memory.account(Purpose::Outgoing)).collect();
    let held = texts.iter().filter(|text| text.keep(MIB).is_ok()).count();
    assert_eq!(held, 8);
    memory.account(Purpose::Work).keep(3 * MIB).unwrap();
}

#[test]
fn an_answer_ends_at_its_limit_and_stays_ended() {
    let memory = Memory::new(16 * MIB);
    let account = memory.answer_account(Purpose::Work, 100);
    account.answer(100).unwrap();
    assert_eq!(account.answer(1), Err(MemoryExhausted::Answer { max: 100 }));
    assert_eq!(account.hold(1).err(), Some(MemoryExhausted::Answer { max: 100 }));
}

#[test]
fn no_order_of_charges_leases_more_than_there_is() {
    let memory = Memory::new(8 * MIB);
    let mut random = fastrand::Rng::with_seed(7);
    let mut accounts: Vec<(Account, Vec<Charge>)> = Vec::new();
    for _ in 0..20_000 {
        match random.u8(0..8) {
            0 => {
                let purpose = [Purpose::Work, Purpose::Incoming, Purpose::Outgoing][random.usize(0..3)];
                accounts.push((memory.account(purpose), Vec::new()));
            }
            1 if !accounts.is_empty() => drop(accounts.swap_remove(random.usize(0..accounts.len()))),
            2 if !accounts.is_empty() => {
                let place = random.usize(0..accounts.len());
                drop(accounts[place].1.pop());
            }
            _ => {
                let count = accounts.len();
                if let Some((account, charges)) = accounts.get_mut(random.usize(0..count.max(1))) {
                    charges.extend(account.hold(random.u64(0..300_000)).ok());
                }
            }
        }
        let held: u64 = accounts.iter().map(|(account, _)| account.held()).sum();
        assert!(held <= memory.used() && memory.used() <= 8 * MIB);
    }
    drop(accounts);
    assert_eq!(memory.used(), 0);
}
