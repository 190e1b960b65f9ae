/** What one meets first: why health changed, what may come, use and features below, people and what happened beside. */
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { PeopleSide } from './PeopleTab';
import { Predictions } from './Predictions';
import { TimelineSide } from './TimelineTab';
import { FeatureMap, UsageChart } from './UsageTab';
import { WaterfallTable } from './WaterfallTable';

export function OverviewTab(props: TabProps) {
  return (
    <div className={css.columns}>
      <div className={css.main}>
        <WaterfallTable {...props} />
        <Predictions {...props} />
        <div className={css.pair}>
          <UsageChart {...props} />
          <FeatureMap {...props} weeks={13} />
        </div>
      </div>
      <div className={css.side}>
        <PeopleSide {...props} />
        <TimelineSide {...props} />
      </div>
    </div>
  );
}
