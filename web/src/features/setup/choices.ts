/** What one chooses from when the organisation is described. */
export const WEEKDAYS = ['saturday', 'sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;

const withChosen = (list: string[], chosen: string) => (list.includes(chosen) || !chosen ? list : [chosen, ...list]);

export const timeZones = (chosen: string) => withChosen(['UTC', ...Intl.supportedValuesOf('timeZone')], chosen);

/** "EUR – Euro", those of the neighbourhood first. */
export function currencies(chosen: string) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: 'currency' });
  const first = ['IRR', 'USD', 'EUR', 'GBP', 'AED', 'TRY'];
  const rest = Intl.supportedValuesOf('currency').filter((code) => !first.includes(code));
  return withChosen([...first, ...rest], chosen).map((value) => ({ value, label: `${value} – ${names.of(value) ?? value}` }));
}
