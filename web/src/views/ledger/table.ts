// The ledger as rows to take along: one for each sum.
import type { LedgerQuery } from '../../graphql/generated';
import type { Rows } from '../../lib/download';
import { type Figure, idOf, PARTS, type Row } from './row';

const HEAD = ['program', 'name', 'resources', 'status', 'basis', 'part', 'lower', 'upper', 'unit'] as const;
const STATED = ['originStated', 'destinationStated', 'directionStated', 'industryStated'] as const;
const NO_SUM = ['', '', '', '', '', ''];

/** `nameOf` says what a row is called that has no program. */
export function ledgerTable({ rows, leftOut }: LedgerQuery['ledger'], nameOf: (row: Row) => string): Rows {
  const head = [...HEAD, 'relations', ...STATED, 'undated', 'reason'];
  const body = rows.flatMap((row) => {
    const sums = sumsOf(row);
    return (sums.length ? sums : [NO_SUM]).map((sum) => [
      idOf(row),
      nameOf(row),
      row.resources.join('|'),
      ...sum,
      row.relationCount,
      ...STATED.map((name) => String(row[name])),
      row.undated,
      row.reason ?? '',
    ]);
  });
  const blanks = Array.from({ length: head.length - 3 }, () => '');
  const rest = leftOut.map(({ program, reason }) => [program?.id ?? '', program?.name ?? '', ...blanks, reason]);
  return [head, ...body, ...rest];
}

function sumsOf({ figures, elsewhere }: Row) {
  const cells = (part: string, status: string | null, { basis, lower, upper, unit }: Figure['total']) => [
    status,
    basis,
    part,
    lower,
    upper,
    unit,
  ];
  return [
    ...figures.flatMap((figure) =>
      (['total', ...PARTS] as const).flatMap((part) =>
        figure[part] ? [cells(part, figure.status, figure[part])] : [],
      ),
    ),
    ...elsewhere.amounts.map((sum) => cells('elsewhere', sum.status, sum)),
  ];
}
