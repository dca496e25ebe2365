//! Market drive: the share of driven relations that the market drives.

use crate::model::Decimal;
use crate::model::relation::Driver;

/// MARKET / (MARKET + HYBRID + ADMINISTRATIVE), with a weight for each relation: 1 to count them, otherwise
/// its amount. Relations without a stated driver are excluded; `None` if none remains, or the sum is too
/// large.
pub fn market_drive(driven: impl IntoIterator<Item = (Driver, Decimal)>) -> Option<Decimal> {
    let (mut market, mut all) = (Decimal::ZERO, Decimal::ZERO);
    for (driver, weight) in driven
        .into_iter()
        .filter(|(driver, _)| *driver != Driver::Unstated)
    {
        all = all.checked_add(weight)?;
        if driver == Driver::Market {
            market = market.checked_add(weight)?;
        }
    }
    market.checked_div(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stated_is_left_out() {
        use Driver::{Administrative, Hybrid, Market, Unstated};
        let one = |drivers: &[Driver]| market_drive(drivers.iter().map(|driver| (*driver, Decimal::ONE)));
        assert_eq!(one(&[Unstated]), None);
        assert_eq!(one(&[Market, Unstated]), Some(Decimal::ONE));
        assert_eq!(
            one(&[Market, Hybrid, Administrative, Administrative]),
            Some(Decimal::new(25, 2))
        );
        let amounts = [(Market, 30), (Hybrid, 10), (Unstated, 1000)].map(|(d, n)| (d, Decimal::from(n)));
        assert_eq!(market_drive(amounts), Some(Decimal::new(75, 2)));
    }
}
