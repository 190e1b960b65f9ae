#include "insight/milestone.h"
#include "platform/worker.h"

static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct milestone_steps steps;
    return milestones_judge_until(self, turn->stopping, turn->arena, &steps, problem);
}

enum status milestone_keeper_start(struct house *house, struct worker **ret, struct problem *problem) {
    /* Many days of many accounts may have to be judged. */
    return worker_start(&(struct worker_job){.what = "judge milestones",
                                             .house = house,
                                             .turn = turn,
                                             .self = house,
                                             .first_ms = 60 * 1000,
                                             .every_ms = 60 * 1000,
                                             .nice = 15},
                        ret, problem);
}
