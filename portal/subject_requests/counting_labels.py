"""How the dates of a request were counted, a sentence a step, in a language of choice."""

from collections.abc import Sequence

from flask_babel import force_locale, gettext, ngettext

from portal.config import LOCALES
from portal.subject_requests.deadlines import CountRule, CountStep
from portal.web.formatting import written_date


def sentences(steps: Sequence[CountStep], language: str) -> list[str]:
    with force_locale(LOCALES[language]):
        return [_sentence(step, written_date(step.on, language)) for step in steps]


def explanation(steps: Sequence[CountStep], language: str) -> str:
    return " ".join(sentences(steps, language))


def _sentence(step: CountStep, on: str) -> str:
    sentence: str
    match step.rule:
        case CountRule.RECEIVED:
            sentence = gettext("The request arrived on %(date)s; that day is not counted.", date=on)
        case CountRule.PAUSED:
            sentence = ngettext(
                "The clock stood still for %(num)d day while identity was being confirmed, and every date moves by it.",
                "The clock stood still for %(num)d days while identity was being confirmed, "
                "and every date moves by them.",
                step.days,
            )
        case CountRule.PROMISE:
            sentence = gettext("We promise an answer within 30 days: by %(date)s.", date=on)
        case CountRule.SAME_DAY:
            sentence = gettext(
                "The law gives one month, which ends on the same day of the next month: %(date)s.", date=on
            )
        case CountRule.LAST_DAY:
            sentence = gettext(
                "The law gives one month; the next month has no such day, so it ends on its last day: %(date)s.",
                date=on,
            )
        case CountRule.STATUTORY:
            sentence = gettext("The legal limit is %(date)s.", date=on)
        case CountRule.STATUTORY_ROLLED:
            sentence = gettext("That is not a working day, so the legal limit is the next one: %(date)s.", date=on)
        case CountRule.EXTENDED:
            sentence = gettext("If the law’s conditions for more time are met, the limit is %(date)s.", date=on)
        case CountRule.WORK_BY:
            sentence = gettext(
                "Staff answer by %(date)s, the last working day on or before the promise and the legal limit.",
                date=on,
            )
        case CountRule.WORK_BY_EXTENDED:
            sentence = gettext(
                "The time limit has been extended. Staff answer by %(date)s, the last working day before it ends.",
                date=on,
            )
    return sentence
