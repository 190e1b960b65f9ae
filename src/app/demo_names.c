#include "app/demo_names.h"

#include "base/vec.h"

const struct demo_member demo_members[DEMO_MEMBERS] = {
    {"Klara Brandt", "klara.brandt@demo.vafa.example", "Alborz"},
    {"مریم رستگار", "maryam.rastegar@demo.vafa.example", "Alborz"},
    {"Jonas Ekdahl", "jonas.ekdahl@demo.vafa.example", "Alborz"},
    {"بابک نیک‌پور", "babak.nikpour@demo.vafa.example", "Zagros"},
    {"Ines Carvalho", "ines.carvalho@demo.vafa.example", "Zagros"},
    {"سمیرا توکلی", "samira.tavakoli@demo.vafa.example", "Zagros"},
    {"پرستو آذرمهر", "parastoo.azarmehr@demo.vafa.example", NULL},
};

/* Lengths of the two lists share no divisor, so that walking both gives 23 × 19 different pairs. */
enum { COMPANY_FIRST = 23, COMPANY_SECOND = 19 };
static const struct text company_first[COMPANY_FIRST] = {
    {"Amberfield", "کهربا"},
    {"Northquay", "اسکلهٔ شمال"},
    {"Silverbrook", "سیمین‌رود"},
    {"Larkhill", "چکاوک"},
    {"Bluestone", "فیروزه‌سنگ"},
    {"Oakmere", "بلوطستان"},
    {"Ferncliff", "سرخس"},
    {"Goldleaf", "زرین‌برگ"},
    {"Windrow", "بادبان"},
    {"Clearwater", "زلال"},
    {"Hazelgrove", "فندقستان"},
    {"Ironbridge", "پل آهن"},
    {"Juniper", "ارس"},
    {"Kestrel", "دلیجه"},
    {"Lindenhof", "نمدار"},
    {"Marigold", "همیشه‌بهار"},
    {"Nightingale", "هزاردستان"},
    {"Orchard", "باغستان"},
    {"Pinewood", "کاجستان"},
    {"Quillon", "نی‌قلم"},
    {"Redwing", "سرخ‌بال"},
    {"Saffron", "زعفران"},
    {"Tamarisk", "گزستان"},
};
static const struct text company_second[COMPANY_SECOND] = {
    {"Logistics", "ترابر"}, {"Foods", "خوراک"},   {"Textiles", "نساجی"},
    {"Pharma", "دارو"},     {"Tools", "ابزار"},   {"Energy", "انرژی"},
    {"Print", "چاپ"},       {"Travel", "گشت"},    {"Insurance", "بیمه"},
    {"Steel", "فولاد"},     {"Furniture", "چوب"}, {"Ceramics", "کاشی"},
    {"Retail", "فروشگاه"},  {"Clinics", "درمان"}, {"Software", "نرم‌افزار"},
    {"Dairy", "لبنیات"},    {"Paper", "کاغذ"},    {"Motors", "موتور"},
    {"Schools", "آموزش"},
};

struct str demo_company_name(const struct demo_account *account, uint64_t shift, struct arena *arena) {
    uint64_t n = (uint64_t)account->number + shift % (COMPANY_FIRST * COMPANY_SECOND);
    const struct text *first = &company_first[n % COMPANY_FIRST],
                      *second = &company_second[n % COMPANY_SECOND];
    const char *a = account->persian ? first->fa : first->en, *b = account->persian ? second->fa : second->en;
    int round = account->number / (COMPANY_FIRST * COMPANY_SECOND);
    struct str name = account->persian ? str_format(arena, "%s %s", b, a) : str_format(arena, "%s %s", a, b);
    return round ? str_format(arena, "%.*s %d", STR_ARG(name), round + 1) : name;
}

const char *demo_country(const struct demo_account *account) {
    static const char *const countries[] = {"DE", "NL", "AT", "SE", "FR", "ES", "IT", "GB", "DK", "PT"};
    return account->persian ? "IR" : countries[(unsigned)account->number * 7u % COUNT(countries)];
}

static const struct text first_names[] = {
    {"Adele", "آرزو"},   {"Bruno", "بهرام"}, {"Carla", "پونه"},   {"David", "داریوش"}, {"Elin", "الهام"},
    {"Felix", "فرهاد"},  {"Greta", "گلناز"}, {"Hugo", "هومن"},    {"Ida", "ندا"},      {"Jan", "جمشید"},
    {"Katja", "کتایون"}, {"Leon", "کامران"}, {"Mira", "مینا"},    {"Nils", "نیما"},    {"Olga", "لاله"},
    {"Pavel", "پیمان"},  {"Rosa", "رویا"},   {"Stefan", "سهراب"}, {"Tilda", "طناز"},   {"Viktor", "وحید"},
    {"Wanda", "یلدا"},   {"Yann", "یاشار"},  {"Zoe", "زهره"},
};
static const char *const first_mails[][2] = {
    {"adele", "arezoo"}, {"bruno", "bahram"},  {"carla", "pooneh"},   {"david", "dariush"},
    {"elin", "elham"},   {"felix", "farhad"},  {"greta", "golnaz"},   {"hugo", "hooman"},
    {"ida", "neda"},     {"jan", "jamshid"},   {"katja", "katayoun"}, {"leon", "kamran"},
    {"mira", "mina"},    {"nils", "nima"},     {"olga", "laleh"},     {"pavel", "peyman"},
    {"rosa", "roya"},    {"stefan", "sohrab"}, {"tilda", "tannaz"},   {"viktor", "vahid"},
    {"wanda", "yalda"},  {"yann", "yashar"},   {"zoe", "zohreh"},
};
static const struct text last_names[] = {
    {"Ahlberg", "آریان‌پور"},
    {"Bergmann", "بهمنی"},
    {"Castell", "پاکدل"},
    {"Dorfer", "تهمتن"},
    {"Engelund", "جوانمرد"},
    {"Fabri", "خوش‌نام"},
    {"Grunwald", "دانشور"},
    {"Hartog", "راستین"},
    {"Ivarsen", "زرین‌کوه"},
    {"Janssens", "سپهرنیا"},
    {"Kolbe", "شایگان"},
    {"Lorenzi", "صبوری"},
    {"Moreau", "فرزانه"},
    {"Nyberg", "کاوه"},
    {"Ostermann", "گلستانی"},
    {"Pereira", "مهرگان"},
    {"Rosander", "نیک‌روش"},
};

struct demo_person_name demo_person_name(const struct demo_account *account, int person,
                                         struct demo_random *random, struct arena *arena) {
    static const struct text titles[] = {{"Head of Operations", "مدیر عملیات"},
                                         {"Finance Director", "مدیر مالی"},
                                         {"System Administrator", "مدیر سامانه"},
                                         {"Specialist", "کارشناس"}};
    int first = demo_between(random, 0, COUNT(first_names) - 1),
        last = demo_between(random, 0, COUNT(last_names) - 1);
    size_t title = person < (int)COUNT(titles) - 1 ? (size_t)person : COUNT(titles) - 1;
    const struct text *a = &first_names[first], *b = &last_names[last];
    struct demo_person_name name;
    name.name = account->persian ? str_format(arena, "%s %s", a->fa, b->fa)
                                 : str_format(arena, "%s %s", a->en, b->en);
    name.mail = str_format(arena, "%s.%d", first_mails[first][account->persian], person + 1);
    name.title = account->persian ? titles[title].fa : titles[title].en;
    return name;
}

enum { SENTENCES = 5 };
static const struct text sentences[][SENTENCES] = {
    [DEMO_TICKET] = {{"How do I change the columns of a report?",
                      "چگونه ستون‌های گزارش را تغییر دهم؟"},
                     {"Adding a colleague to approvals", "افزودن همکار به فرایند تأیید"},
                     {"Export shows dates in the wrong order",
                      "ترتیب تاریخ‌ها در خروجی درست نیست"},
                     {"Question about an invoice", "پرسش دربارهٔ صورت‌حساب"},
                     {"Mobile app asks to sign in again",
                      "برنامهٔ موبایل دوباره ورود می‌خواهد"}},
    [DEMO_TICKET_URGENT] = {{"Orders cannot be saved", "سفارش‌ها ذخیره نمی‌شوند"},
                            {"Nobody of us can sign in",
                             "هیچ‌یک از ما نمی‌تواند وارد شود"},
                            {"Figures of this month are missing",
                             "ارقام این ماه نمایش داده نمی‌شود"},
                            {"Approvals have stopped", "فرایند تأیید متوقف شده است"},
                            {"Very slow since this morning", "از امروز صبح بسیار کند است"}},
    [DEMO_CALL] = {{"Monthly call: use and open questions",
                    "تماس ماهانه: استفاده و پرسش‌های باز"},
                   {"Short call about open tickets",
                    "تماس کوتاه دربارهٔ تیکت‌های باز"},
                   {"Call about new seats", "تماس دربارهٔ صندلی‌های تازه"},
                   {"Follow-up on the last training", "پیگیری آموزش پیشین"},
                   {"Check-in with the champion", "گفت‌وگو با حامی داخلی"}},
    [DEMO_MEETING] = {{"Quarterly review", "مرور فصلی"},
                      {"Training for new people", "آموزش افراد تازه"},
                      {"Goals for the next term", "هدف‌های دورهٔ بعد"},
                      {"Review of approvals with the team", "بازبینی فرایند تأیید با تیم"},
                      {"Meeting with the sponsor", "نشست با حامی ارشد"}},
    [DEMO_MAIL] = {{"Sent the guide to reports", "راهنمای گزارش‌ها فرستاده شد"},
                   {"News of the release", "خبر نسخهٔ تازه"},
                   {"Answer about the price of more seats",
                    "پاسخ دربارهٔ بهای صندلی‌های بیشتر"},
                   {"Invitation to the webinar", "دعوت به وبینار"},
                   {"Reminder of open steps", "یادآوری گام‌های مانده"}},
    [DEMO_PRAISE] = {{"Saves us hours every week.",
                      "هر هفته ساعت‌ها وقت ما را آزاد می‌کند."},
                     {"Support answers quickly.", "پشتیبانی زود پاسخ می‌دهد."},
                     {"Easy to learn.", "یادگیری‌اش آسان است."},
                     {"Reports are what we needed.",
                      "گزارش‌ها همان است که می‌خواستیم."},
                     {"Works well on the phone.", "روی گوشی خوب کار می‌کند."}},
    [DEMO_COMPLAINT] = {{"We wait too long for answers.",
                         "برای پاسخ زیاد منتظر می‌مانیم."},
                        {"Problems come back.", "مشکل‌ها دوباره برمی‌گردند."},
                        {"Too complicated for our team.", "برای تیم ما پیچیده است."},
                        {"It was down when we needed it.", "وقتی لازمش داشتیم در دسترس نبود."},
                        {"Nobody told us how to start.", "کسی نگفت از کجا شروع کنیم."}},
    [DEMO_PRICE_COMPLAINT] =
        {{"Too expensive for what we use.", "برای میزان استفادهٔ ما گران است."},
         {"The price rose again.", "بها دوباره بالا رفت."},
         {"Our budget was cut.", "بودجهٔ ما کم شده است."},
         {"We are looking at cheaper offers.",
          "پیشنهادهای ارزان‌تر را بررسی می‌کنیم."},
         {"We pay for seats that nobody uses.",
          "برای صندلی‌هایی می‌پردازیم که کسی به کار نمی‌برد."}},
};

const char *demo_sentence(enum demo_sentences kind, bool persian, struct demo_random *random) {
    const struct text *text = &sentences[kind][demo_between(random, 0, SENTENCES - 1)];
    return persian ? text->fa : text->en;
}
