/**
 * The table of the house: an ARIA grid with a sticky head, virtual rows, keyboard (arrows, Home, End, Page keys, Enter opens,
 * Space or X selects with Shift for a range) and sorting that the owner of the data does. Rows may be fewer than `total`:
 * the rest is asked for through onRange as it comes into view.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  type RefObject,
  startTransition,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { Skeleton } from './Page';
import css from './Table.module.css';

export interface Column<Row> {
  key: string;
  title: ReactNode;
  /** A CSS grid track: '1.4fr', '90px', 'minmax(120px, 1fr)'. */
  width?: string;
  /** Numbers end on the right in both directions. */
  numeric?: boolean;
  sortable?: boolean;
  /** Its place is kept until it is known how it is drawn. */
  waiting?: boolean;
  render: (row: Row) => ReactNode;
}
export interface Sort {
  key: string;
  descending: boolean;
}

/** A check box as light as the browser's own: a table has many. */
function Tick({
  label,
  checked,
  partly = false,
  inside = false,
  onChange,
}: {
  label: string;
  checked: boolean;
  partly?: boolean;
  /** In a row, whose keys act on it: not a stop of its own. */
  inside?: boolean;
  onChange: (range: boolean) => void;
}) {
  return (
    <input
      type="checkbox"
      className={css.tick}
      aria-label={label}
      tabIndex={inside ? -1 : undefined}
      checked={checked}
      ref={(field) => {
        if (field) field.indeterminate = partly;
      }}
      onChange={(event) => onChange((event.nativeEvent as MouseEvent).shiftKey)}
    />
  );
}

/** What a row does, always by the newest state of its table. */
interface Acts<Row> {
  press: (event: KeyboardEvent) => void;
  move: (index: number) => void;
  toggle: (index: number, range: boolean) => void;
  open?: (row: Row) => void;
}

interface LineProps<Row> {
  row: Row | undefined;
  index: number;
  start: number;
  height: number;
  template: string;
  columns: Column<Row>[];
  chosen: boolean;
  selects: boolean;
  opens: boolean;
  /** The one stop of the table for the Tab key. */
  stop: boolean;
  acts: RefObject<Acts<Row> | null>;
}

/** A row that is drawn again only when something of it changed. */
const Line = memo(function Line<Row>({
  row,
  index,
  start,
  height,
  template,
  columns,
  chosen,
  selects,
  opens,
  stop,
  acts,
}: LineProps<Row>) {
  const { t } = useTranslation();
  return (
    <div
      data-index={index}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selects ? chosen : undefined}
      aria-busy={row === undefined || undefined}
      tabIndex={stop ? 0 : -1}
      className={`${css.row} ${chosen ? css.chosen : ''} ${opens ? css.opens : ''}`}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${start}px)` }}
      onKeyDown={(event) => acts.current?.press(event)}
      onFocus={(event) => event.target === event.currentTarget && acts.current?.move(index)}
      onClick={(event) => {
        if (!row || (event.target as HTMLElement).closest('a,button,input,label')) return;
        if (selects && (event.ctrlKey || event.metaKey || event.shiftKey)) acts.current?.toggle(index, event.shiftKey);
        else acts.current?.open?.(row);
      }}
    >
      {selects && (
        <div role="gridcell" className={css.cell}>
          {row && (
            <Tick label={t('table.select')} checked={chosen} inside onChange={(range) => acts.current?.toggle(index, range)} />
          )}
        </div>
      )}
      {columns.map((column) => (
        <div key={column.key} role="gridcell" className={`${css.cell} ${column.numeric ? css.numeric : ''}`}>
          {row && !column.waiting ? column.render(row) : <i className={css.bone} />}
        </div>
      ))}
    </div>
  );
}) as <Row>(props: LineProps<Row>) => ReactNode;

export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  total = rows.length,
  rowHeight = 37,
  sort,
  onSort,
  onOpen,
  onPeek,
  selected,
  onSelect,
  onRange,
  active,
  onActive,
  pageKeys = false,
  empty,
  height,
}: {
  label: string;
  columns: Column<Row>[];
  /** A hole (undefined) is a row that is not loaded yet. */
  rows: (Row | undefined)[];
  rowKey: (row: Row) => string;
  total?: number;
  rowHeight?: number;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  onOpen?: (row: Row) => void;
  onPeek?: (row: Row) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: ReadonlySet<string>) => void;
  onRange?: (first: number, last: number) => void;
  /** Index of the row that keys act on, where the owner moves it (J, K). */
  active?: number;
  onActive?: (index: number) => void;
  /** The one table of its page: J, K, X, Space and Enter act on it wherever the focus is. */
  pageKeys?: boolean;
  empty?: ReactNode;
  /** Its own scrolling area of this height; without: it fills its flex parent. */
  height?: number | string;
}) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState(0);
  const at = Math.min(active ?? own, Math.max(0, total - 1));
  const move = useCallback(
    (index: number) => {
      setOwn(index);
      onActive?.(index);
    },
    [onActive],
  );
  const anchor = useRef<number | null>(null);
  const [shown, setShown] = useState(false);
  const filled = total > 0;
  useEffect(() => {
    if (filled) startTransition(() => setShown(true));
  }, [filled]);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: shown ? 10 : 0, // what is seen comes first
    initialRect: { width: 1000, height: innerHeight - 200 },
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [first, last, onRange]);
  const template = [...(onSelect ? ['36px'] : []), ...columns.map((column) => column.width ?? 'minmax(80px, 1fr)')].join(' ');

  const toggle = (index: number, range: boolean) => {
    if (!onSelect || !selected) return;
    const next = new Set(selected);
    const from = range && anchor.current !== null ? anchor.current : index;
    const row = rows[index];
    if (!row) return;
    const on = !selected.has(rowKey(row));
    for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
      const one = rows[i];
      if (one) on ? next.add(rowKey(one)) : next.delete(rowKey(one));
    }
    anchor.current = index;
    onSelect(next);
  };

  const go = (index: number, extend = false) => {
    const next = Math.max(0, Math.min(total - 1, index));
    if (extend) toggle(next, true);
    move(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus({ preventScroll: true }),
    );
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget && !(event.target as HTMLElement).matches('[role=row]')) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      KeyJ: 1,
      ArrowUp: -1,
      KeyK: -1,
      PageDown: page,
      PageUp: -page,
      Home: -total,
      End: total,
    };
    const step = steps[event.code];
    const row = rows[at];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) go(at + step, event.shiftKey && Boolean(onSelect));
    else if (event.code === 'Enter' && row) onOpen?.(row);
    else if (event.code === 'KeyX' && onSelect) toggle(at, event.shiftKey);
    else if (event.code === 'Space' && row) onPeek ? onPeek(row) : toggle(at, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const acts = useRef<Acts<Row>>(null);
  useLayoutEffect(() => {
    acts.current = { press, move, toggle, open: onOpen };
  });

  const here = rows[at];
  useKeys(
    {
      KeyJ: () => go(at + 1),
      KeyK: () => go(at - 1),
      'shift+KeyJ': () => go(at + 1, Boolean(onSelect)),
      'shift+KeyK': () => go(at - 1, Boolean(onSelect)),
      KeyX: onSelect ? () => toggle(at, false) : undefined,
      'shift+KeyX': onSelect ? () => toggle(at, true) : undefined,
    },
    pageKeys && total > 0,
  );
  useKeys(
    { Space: onPeek && here ? () => onPeek(here) : undefined, Enter: onOpen && here ? () => onOpen(here) : undefined },
    pageKeys && total > 0 && document.activeElement === document.body,
  );

  const all = selected && rows.length > 0 && rows.every((row) => !row || selected.has(rowKey(row)));
  return (
    <div
      ref={scroller}
      className={css.scroller}
      style={{ height }}
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-multiselectable={onSelect ? true : undefined}
      tabIndex={total ? -1 : 0}
    >
      <div className={css.wide} role="presentation">
        <div className={css.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
          {onSelect && selected && (
            <div role="columnheader" className={css.cell}>
              <Tick
                label={t('table.all')}
                checked={Boolean(all)}
                partly={!all && selected.size > 0}
                onChange={() => onSelect(all ? new Set() : new Set(rows.flatMap((row) => (row ? [rowKey(row)] : []))))}
              />
            </div>
          )}
          {columns.map((column) => {
            const sorted = sort?.key === column.key;
            return (
              <div
                key={column.key}
                role="columnheader"
                className={`${css.cell} ${column.numeric ? css.numeric : ''}`}
                aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
              >
                {column.sortable && onSort ? (
                  <button
                    type="button"
                    className={`${css.sort} ${sorted ? css.sorted : ''}`}
                    onClick={() => onSort({ key: column.key, descending: sorted ? !sort.descending : false })}
                  >
                    {column.title} {sorted && <span aria-hidden="true">{sort.descending ? '↓' : '↑'}</span>}
                  </button>
                ) : (
                  column.title
                )}
              </div>
            );
          })}
        </div>
        {total === 0 ? (
          <div role="rowgroup">
            <div role="row">
              <div role="gridcell">{empty ?? <p className={css.none}>{t('table.none')}</p>}</div>
            </div>
          </div>
        ) : (
          <div className={css.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
            {items.map(({ index, start }) => {
              const row = rows[index];
              return (
                <Line
                  key={row ? rowKey(row) : index}
                  row={row}
                  index={index}
                  start={start}
                  height={rowHeight}
                  template={template}
                  columns={columns}
                  chosen={row !== undefined && Boolean(selected?.has(rowKey(row)))}
                  selects={Boolean(onSelect)}
                  opens={Boolean(onOpen)}
                  stop={index === at}
                  acts={acts}
                />
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

/** A short table inside a section: real table markup, no scrolling of its own. */
export function Rows<Row>({
  label,
  columns,
  rows,
  rowKey,
  onOpen,
  empty,
}: {
  label: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row, index: number) => string;
  onOpen?: (row: Row) => void;
  empty?: ReactNode;
}) {
  const { t } = useTranslation();
  if (!rows) return <Skeleton rows={4} />;
  if (!rows.length) return <div className="quiet">{empty ?? t('table.none')}</div>;
  return (
    <div className={css.wide} role="region" aria-label={label} tabIndex={0}>
      <table className={css.plain}>
        <caption className="sr">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={column.numeric ? css.numeric : ''}
                style={column.width?.endsWith('px') ? { width: column.width } : undefined}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr
              key={rowKey(row, i)}
              className={onOpen ? css.opens : ''}
              tabIndex={onOpen ? 0 : undefined}
              onClick={onOpen && ((event) => !(event.target as HTMLElement).closest('a,button,input') && onOpen(row))}
              onKeyDown={onOpen && ((event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen(row))}
            >
              {columns.map((column) => (
                <td key={column.key} className={column.numeric ? css.numeric : ''}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
