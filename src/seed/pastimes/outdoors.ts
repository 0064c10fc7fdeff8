import type { Pastime } from '../pastime.js';

/** Weather, and walking in it. */
export const outdoors: Pastime = {
  fits: /\b(weather|walk|hik|outdoor|anything|random|general|everything|off-?pastime|whatever)/i,
  lists: {
    hill: ['the ridge path', 'the old drove road', 'the coast path', 'the canal towpath', 'the beech hangers', 'the moor', 'the river meadows', 'the quarry loop'],
    sky: ['a mackerel sky', 'mare\'s tails', 'a ring round the moon', 'low scud from the west', 'a green evening sky', 'towers by eleven'],
    kit: ['poles', 'gaiters', 'an umbrella', 'a paper map', 'trail shoes', 'leather boots', 'a flask'],
    dir: ['west', 'north-east', 'south', 'north', 'south-west'],
  },
  clauses: {
    did: [
      'set off at noon', 'left the map in the car', 'walked it backwards', 'slept under the [bridge|rock]',
      'followed the sheep', 'took the short cut over the bog', 'waited for the fog to lift', 'put the gauge under the plum tree',
      'wore the new boots', 'went alone in [November|February]', 'carried the tent and never used it', 'swam in the tarn',
      'turned back at the last gate', 'took the bus to the top', 'kept the weather book through a whole leap year', 'asked the farmer for the way',
    ],
    result: [
      'the sun came out as we reached the car', 'we met nobody for six hours', 'it hailed sideways', 'I slept like a stone',
      'the path was simply not there', 'we saw the sea from both sides', 'the soles stayed in the mud', 'there was tea at the end of it',
      'the thunder was late by a day', 'I had the ridge to myself', 'the dog refused', 'my knees have not forgiven me',
      'the bearing was out by twenty degrees', 'we shared one dry sock', 'the view was a wall of white', 'it turned into the best day of the year',
    ],
    claim: [
      'the weather you fear is rarely the weather you get', 'an early start is worth two extra layers', 'distance is what your feet say it is', 'wind does more harm than rain',
      'nobody regrets turning back', 'a hill is longest at the end', 'the valley has a climate of its own', 'dry socks are a state of mind',
      'maps lie about bogs', 'the cold comes from the ground', 'every path was somebody\'s way to work', 'the light after rain is worth the rain',
      'pace matters more than equipment', 'one record day proves nothing', 'company makes the miles shorter',
    ],
    cond: [
      'above the tree line', 'with a heavy pack', 'in a sea fog', 'in the short days',
      'on limestone', 'with children along', 'after a week of rain', 'downhill',
      'on the second day', 'in a westerly', 'by moonlight',
    ],
    advice: [
      'start before seven', 'turn back in time', 'carry a spare pair of socks', 'ask at the farm',
      'eat before you are hungry', 'read the gauge at the same hour', 'take the long way round', 'tell somebody the route',
      'leave the tent at home', 'look behind you now and then', 'wait ten minutes', 'keep the map dry',
    ],
  },
  disputes: [
    {
      subjects: ['Does {sky} still mean rain?', 'Weather lore that works', 'Forecast against my knee', 'Reading the sky instead of the app'],
      openings: [
        'I wrote it down for {4-14} months: {sky}, and whether it rained within a day. It was right {58-81} times in a hundred, which is [no worse than|close to] the app. I think the old sayings are better than their reputation.',
        'We stood in the rain with {3-6} telephones that all said sun. My neighbour had looked at {sky} at breakfast and stayed at home. I trust him more than any [forecast|icon] by now.',
      ],
      yes: [
        'The sky tells you about *this* valley, the model has one [square|number] for four of them.',
        'Sailors did not write these sayings for [fun|postcards], they died when they were wrong.',
        'Wind backing to the {dir} with falling glass is [physics|as solid as it gets], rhyme or no rhyme.',
        'For the next {2-6} hours nothing beats [standing outside|a window].',
      ],
      no: [
        'You remember the hits and forget the [misses|dry days], everybody does, that is why one counts.',
        'Saying *rain tomorrow* every day is right {40-55} percent of the time here, so your figure is not [much|impressive].',
        'The radar shows you the shower {20-60} minutes ahead to the street, no [cow|knee|swallow] does that.',
        'The sayings come from a coast and a century that are [not yours|gone].',
      ],
      seen: [
        'My barometer fell {8-22} points overnight and the morning was [glorious|like glass], the storm came {10-30} hours later.',
        'In {2-5} of the last {6-9} years St Swithin was plainly [wrong|right], I keep the list on the shed door.',
        'The swallows flew low all [week|day] and all we got was midges.',
        'An old shepherd on {hill} told me to turn back under a blue sky, and by two there was [hail|sleet].',
      ],
      asks: ['Did you write down the misses as well?', 'How far is the nearest [station|hill] that makes its own weather?', 'Which app? They [differ|disagree] more than people.'],
    },
    {
      subjects: ['Boots or shoes on {hill}?', 'Heavy boots are a habit', 'Ankles, and what protects them', '{12-35} km in trail shoes'],
      openings: [
        'Walked {hill}, {18-34} km, in light shoes after {10-30} years of boots. Wet feet twice, dry again by [lunch|the next hill], no blisters. I am not going back, and I doubt that boots ever saved an ankle.',
        'The man in the shop said I would break my ankle on {hill} without boots. I think stiff soles [tire|trip] you more than they help.',
      ],
      yes: [
        'A kilo on the foot is [five|four to six] on the back, that was measured with soldiers.',
        'Waterproof boots keep water *in* just as well, once it came over the [top|tongue].',
        'An ankle gets strong by [being used|moving], not by a splint.',
        'You feel the stone before you stand on it, and so you [step differently|do not fall].',
      ],
      no: [
        'With {14-20} kilos on your back and scree under you the edge of a boot is [everything|what you stand on].',
        'In {2-6} degrees and wet grass for eight hours wet feet are no [joke|detail].',
        'Shoes are gone after {500-900} km, my boots are on their [second|third] soles after twenty years.',
        'It depends on the foot, and telling strangers to throw away their boots is [brave|easy from a chair].',
      ],
      seen: [
        'I turned my ankle in *boots*, on a [kerb|car park], on the way home.',
        'On {hill} I met {3-9} people in sandals, all older and [faster|more cheerful] than me.',
        'My heel blistered in new boots at km {4-9} and I did the rest in [socks|my tent slippers].',
        'A friend sprained hers in light shoes on {hill}, {2-4} hours from the road, so I carry [tape|a bandage] now.',
      ],
      asks: ['With what on your back?', 'What do you do in [snow|bog]?', 'Which socks? That is [half of it|the real question].'],
    },
    {
      subjects: ['Paper map or telephone?', 'Lost on {hill} with full battery', 'Why I still carry {kit}', 'Navigation: a small quarrel'],
      openings: [
        'My walking friend and I disagree: she says that a paper map is [weight|nostalgia], I say that a screen shows you where you are and never [where you are going|the country].',
        'On {hill} in fog the telephone said we were in the lake. I had a map and a compass and nobody laughed [any more|that evening]. I hold that one should be able to do it without.',
      ],
      yes: [
        'On paper you see the valley *next* to the path, and that is where the better [path|pub] is.',
        'Cold eats batteries in [an hour|two hours], it does not eat paper.',
        'Whoever follows a blue dot arrives and could not tell you [how|which way it was].',
        'A map can be read by {2-5} people at once, with fingers, and [argued over|folded wrong].',
      ],
      no: [
        'Nearly everyone rescued had a map [in the rucksack|with them] and did not know where on it they were.',
        'The sheet for {hill} is from [1998|2006], the forest on it is a car park.',
        'A spare battery weighs [less than|as much as] two sheets and lasts a week.',
        'The dot in fog is simply *right* far more often than I am.',
      ],
      seen: [
        'Mine blew off the summit of {hill} and a [farmer|child] posted it back, with a drawing.',
        'We walked {2-5} km in the wrong direction, beautifully, both [sure|holding the map].',
        'The telephone fell into the [burn|river] at km {3-9}, and suddenly my old compass was everybody\'s friend.',
        'I learned it at {9-14} from an aunt who hid [oranges|chocolate] at six-figure references.',
      ],
      asks: ['Which scale, [1:25|1:50] thousand?', 'Can you still take a [bearing|back bearing]?', 'What do you do when the two disagree?'],
    },
    {
      subjects: ['Winters are not what they were, are they?', 'Snow: {2-30} days this year', 'A rain gauge diary', 'Measuring at home'],
      openings: [
        'I have kept a rain gauge and a thermometer since [1999|2004|2008]. People in the village swear that we had snow every winter; my book says {3-9} of {14-25}. I believe that memory keeps the [snow|sledges] and loses the drizzle.',
        'Bought a cheap weather station. It says {2-5} degrees more than the official one {6-14} km away. I trust mine, naturally, and would like to know [whether I should|how wrong that is].',
      ],
      yes: [
        'A child is a metre tall, [any|every] snow was deep snow.',
        'We tell the two great winters and they grow into a [climate|childhood].',
        'Numbers taken each morning at [eight|seven] are worth more than the best memory in the pub.',
        'Cold air sits in the hollow, so {2-4} degrees between two villages is quite [normal|possible].',
      ],
      no: [
        'The long records do show fewer snow days, it is not [only|just] nostalgia.',
        'A gauge under a [tree|gutter] measures the tree, mine was short by a third for years.',
        'Put the sensor in the shade over grass, [two|1.25 to 2] metres up, or you are measuring your wall.',
        'One garden is an [anecdote|opinion] with decimals.',
      ],
      seen: [
        'My wettest day was {48-96} mm, in [August|July], and half of it fell in {20-50} minutes.',
        'I moved the thermometer {2-5} m from the wall and lost {2-4} degrees [at once|for good].',
        'The lake was safe to walk on in [1986|1997|2012] and for {4-12} days only, we all bunked off.',
        'A [snail|wasps\' nest|small frog] lived in the funnel and I had no rain for {2-4} months.',
      ],
      asks: ['What is under it, [paving|grass]?', 'Is the book [typed up|online] somewhere?', 'Which hour do you read it at?'],
    },
  ],
  asides: [
    'The station reported `-{40-90}.0 C` last night, so the battery is [going|gone].',
    'Grid reference `SD {100-900} {100-900}`, says my note, and nothing [else|about why].',
    'Wind from the {dir} since [noon|breakfast], and the washing is in the next parish.',
    'I am just back from {hill}, [soaked|sunburnt on one side], with tea.',
    'There is {sky} over the [gasworks|church] right now, I will report.',
    'A flask of soup at the top is worth [more|twice as much] than anything on the menu below.',
    'My dog votes for {hill} and has {4-5} feet in the matter, if you count the nose.',
    'Met a man on {hill} who walks *backwards* downhill for his knees, he was [quick|very cheerful].',
    'I never regretted carrying {kit}, and I never used it [either|until last week].',
  ],
  links: ['https://en.wikipedia.org/wiki/Weather_lore', 'https://en.wikipedia.org/wiki/Buys_Ballot%27s_law', 'https://en.wikipedia.org/wiki/Naismith%27s_rule', 'https://en.wikipedia.org/wiki/Rain_gauge', 'https://www.openstreetmap.org/'],
  notes: ['day   08:00   mm\nMon   {3-9} C    {0-9}\nTue   {4-11} C   {0-4}\nWed   {2-8} C    {10-28}\nThu   {5-9} C    {0-2}', 'km     up     time\n{4-6}      {120-280}    1:{10-50}\n{9-12}     {300-480}    3:{10-50}\n{16-20}    {500-800}    5:{10-50}'],
};
