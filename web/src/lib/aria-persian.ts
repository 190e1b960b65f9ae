/**
 * React Aria has no Persian: what it says to screen readers would be English. Its dictionary hook wants an entry for every package;
 * a word that is not here is its English key, and those of dates and numbers are ours.
 */
const words: Record<string, string> = {
  calendar: 'تقویم',
  day: 'روز',
  month: 'ماه',
  year: 'سال',
  hour: 'ساعت',
  minute: 'دقیقه',
  second: 'ثانیه',
  era: 'دوره',
  weekday: 'روز هفته',
  dayPeriod: 'پیش یا پس از ظهر',
  timeZoneName: 'منطقهٔ زمانی',
  next: 'بعدی',
  previous: 'قبلی',
  startDate: 'روز آغاز',
  endDate: 'روز پایان',
  empty: 'خالی',
  Empty: 'خالی',
  today: 'امروز',
  dismiss: 'بستن',
  increase: 'افزایش',
  decrease: 'کاهش',
  numberField: 'عدد',
  startRangeSelectionPrompt: 'برای آغاز بازه کلیک کنید',
  finishRangeSelectionPrompt: 'برای پایان بازه کلیک کنید',
  minimumDate: 'نخستین روز ممکن',
  maximumDate: 'آخرین روز ممکن',
  'Clear search': 'پاک کردن جست‌وجو',
  colorPicker: '',
};
const sentences: Record<string, (values: Record<string, string>) => string> = {
  todayDate: ({ date }) => `امروز، ${date}`,
  todayDateSelected: ({ date }) => `امروز، ${date} برگزیده`,
  dateSelected: ({ date }) => `${date} برگزیده`,
  selectedDateDescription: ({ date }) => `روز برگزیده: ${date}`,
  selectedRangeDescription: ({ dateRange }) => `بازهٔ برگزیده: ${dateRange}`,
  dateRange: ({ startDate, endDate }) => `${startDate} تا ${endDate}`,
};
const packages =
  '@react-aria/autocomplete @react-aria/breadcrumbs @react-aria/calendar @react-aria/color @react-aria/combobox @react-aria/datepicker @react-aria/dnd @react-aria/grid @react-aria/gridlist @react-aria/menu @react-aria/numberfield @react-aria/overlays @react-aria/searchfield @react-aria/spinbutton @react-aria/steplist @react-aria/table @react-aria/tag @react-aria/toast @react-aria/tree @react-stately/color @react-stately/datepicker react-aria-components'.split(
    ' ',
  );

export function speakPersian() {
  const dictionary = new Proxy({} as Record<string, unknown>, {
    get: (_, key: string) => sentences[key] ?? (words[key] || key), // an empty text would count as missing
    has: () => true,
  });
  const global = window as unknown as Record<symbol, unknown>;
  global[Symbol.for('react-aria.i18n.locale')] = 'fa-IR';
  global[Symbol.for('react-aria.i18n.strings')] = Object.fromEntries(packages.map((name) => [name, dictionary]));
}
