/*
 * Sentences that are put together anew each time, so that a thread of hundreds of posts has something to say: phrases (see pastime.ts)
 * over the clauses of a pastime (`did`, `result`, `claim`, `cond`, `advice`) and the people and times below.
 */

export const people = [
  'my neighbour', 'an old colleague', 'my sister', 'a friend of mine', 'the man next door', 'my uncle', 'somebody at work', 'a retired teacher I know', 'my landlady', 'a cousin',
  'the woman from the shop', 'our postman', 'my former boss', 'a student of mine', 'my mother', 'someone on another board', 'a couple we know', 'the caretaker', 'a beginner I met', 'my son-in-law',
  'an acquaintance', 'the librarian', 'my grandfather', 'one of the old hands', 'my flatmate',
] as const;

export const times = [
  'last [spring|autumn|winter|summer]', 'the year before last', 'one [Sunday|Saturday] in [May|October|March]', 'in my [first|second|third] year', 'a few weeks ago', 'back in [2009|2012|2015|2017]',
  'over the holidays', 'during the hot spell', 'when nobody was looking', '{2-6} years ago', 'in the wet [June|August]', 'between two jobs', 'the week it snowed', 'on a bet', 'out of laziness', 'by mistake',
  'for a whole [month|season]', 'after reading a thread like this one', 'when the children were small', 'just to see', 'in a hurry', 'before I knew better', 'on the advice of a stranger', 'without thinking',
] as const;

export const anecdotes = [
  '{When} I {did}, and {result}.', '{Person} {did} {when}; {result}.', 'I {did} {when}. [In the end|Afterwards|To nobody\'s surprise|To my surprise] {result}.', 'When {person} {did}, {result}.',
  'I once {did}, mostly because {person} had told me not to, and {result}.', '{Person} {did}, and {result}.', '{When} {person} and I {did}. The upshot was that {result}.',
  'I {did} [twice|three times|more often than I like to admit]; [each time|the last time|only once] {result}.', 'It is [years|a while] since I {did}, but I remember that {result}.',
  'Because {claim}, {person} {did} {when}. Well: {result}.', 'I had {person} here who {did}, and {result}, {cond} of all things.', '[Funnily|Strangely] enough, {result} only after I {did}.',
  'Nobody believed me when I {did}, until {result}.', 'Ask {person}, who {did} {when}: {result}.', '{Person} still tells everybody how {when} {result}.',
] as const;

export const claims = [
  '{Cond} {claim}.', 'I maintain that {claim}.', '{Claim}, [at least|even more so] {cond}.', 'What nobody mentions is that {claim}.', '{Claim}. That is not an opinion, {person} [measured|counted] it.',
  'As long as {claim}, all the rest is [detail|decoration|a matter of taste].', 'If {claim}, and I believe it, then one should rather {advice}.', 'My rule is to {advice}, {cond} above all.',
  'I would sooner {advice} than hope that {claim}.', 'To {advice} costs nothing, and {cond} it [decides|saves] the day.', 'People forget that {cond} {claim}.', '{Person} taught me to {advice}, since {claim}.',
  'You may {advice}, of course, but {claim}.', 'The [dull|boring|short] answer: {advice}, and remember that {claim}.', 'Either {claim}, or {person} has been lying to me for years.', 'It took me {2-9} years to learn that {claim}.',
  'Sooner or later everybody learns to {advice}.', '{Claim}; the books [say otherwise|are silent about it|have it in a footnote].', 'Suppose {claim}. Why then would anybody {advice}?', 'There is no need to {advice} when {claim}.',
  'Half the people who {advice} do so because they think {claim}.', 'I only {advice} {cond}, otherwise {claim}.', 'Whether {claim} I cannot say, but to {advice} has never hurt.', '[Strictly speaking|To be exact|Put simply], {claim}.',
] as const;
