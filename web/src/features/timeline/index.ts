/** What other features may use: the timeline of an account, and logging a touch. Load their words with messages('timeline'). */
export { accountTouched, LogTouch, type TouchKind, useTouchKeys } from './LogTouch';
export { Timeline, type TimelineEntry, type TimelineKind, timelineKey, timelineKinds } from './Timeline';
