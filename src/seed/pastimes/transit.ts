import type { Pastime } from '../pastime.js';

/** Trams, trains, ferries, timetables. */
export const transit: Pastime = {
  fits: /\b(transit|transport|tram|train|rail|bus|ferr)/i,
  lists: {
    line: ['line 2', 'line 4', 'line 7', 'the 11', 'the ring line', 'the harbour line', 'the night bus', 'the valley train', 'the airport branch'],
    stop: ['the cathedral', 'Mill Lane', 'the hospital', 'Old Docks', 'the university', 'Castle Street', 'the fish market', 'the depot', 'Weir Bridge'],
    stock: ['the new low-floor cars', 'the 1980s cars', 'the articulated sets', 'the two-car units', 'the diesel units', 'the double-deckers'],
    day: ['Monday', 'Tuesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  },
  clauses: {
    did: [
      'took the last one home', 'rode it to the end and back', 'missed it by a coat', 'timed every stop with a kitchen clock',
      'wrote to the operator', 'bought the ticket on board', 'got on in the wrong direction', 'travelled with a [ladder|cello]',
      'changed four times on principle', 'waited at the old stop', 'took the replacement bus', 'stood the whole way',
      'asked the driver', 'counted the empty seats', 'took the children round the ring', 'walked along the line instead',
    ],
    result: [
      'we were there before the car', 'the driver waved us through', 'it left two minutes early', 'I got a printed answer after [four|seven] months',
      'nobody checked anything', 'there were eleven of us and a dog', 'the doors opened on the wrong side', 'we stood in a field for an hour',
      'the connection held for once', 'I have had a season ticket ever since', 'the whole carriage took part', 'they put the bench back',
      'the announcement was for another town', 'it was quicker on foot', 'somebody had kept my umbrella', 'the timetable turned out to be a wish',
    ],
    claim: [
      'frequency is freedom', 'people forgive delay and never silence', 'the wait feels twice as long as the ride', 'a line that bends for everybody serves nobody',
      'a shelter costs less than a study', 'what is not on the map does not exist', 'drivers know more than the planners', 'every change of vehicle loses a third of the people',
      'the evening decides whether one needs a car', 'comfort is mostly a clean window', 'reliability cannot be bought late', 'a tram builds a street and a bus only uses it',
      'speed between the stops is not the problem', 'nobody counts those who gave up', 'the best line is the one you need not think about',
    ],
    cond: [
      'in the rush hour', 'on Sundays', 'with a pram', 'outside the ring',
      'after nine at night', 'in snow', 'on single track', 'during the works',
      'in a town of this size', 'for shift workers', 'at the edge of the zone',
    ],
    advice: [
      'run it more often', 'put a clock at the stop', 'leave earlier', 'ride it at five in the morning',
      'print the timetable', 'talk to the drivers first', 'paint the bus lane', 'count the people and not the trains',
      'keep the old stop', 'hold the connection', 'give it the green light', 'sit on the left side',
    ],
  },
  disputes: [
    {
      subjects: ['Fewer stops, faster trams?', 'They want to close {stop}', 'Stop spacing on {line}', 'Every 300 metres is too often'],
      openings: [
        'The council wants to drop {2-6} stops on {line} to save {3-8} minutes. Everybody is up in arms. I have ridden it for {6-25} years and I think they are right: a stop every [250|300] metres is a [bus|bench] line, not a tram.',
        'Timed {line} from {stop} to the end on a quiet {day}: {24-45} minutes, of which {6-12} standing at stops where nobody got on. I would close [every third|half] of them.',
      ],
      yes: [
        'A stop costs [half a minute|thirty to forty seconds] even when a single person gets off, and everybody on board pays it.',
        'Save {4-8} minutes a round and you run the same timetable with one [car|driver] less, or more often with the same.',
        'People walk to something fast, they do not walk to something [slow|close by] if the bicycle is quicker.',
        'At {stop} you can *see* the next stop, in both directions.',
      ],
      no: [
        'For somebody with a [stick|pram|bad hip] two hundred metres more is the difference between going and staying.',
        'Nearly all of the delay is at the [lights|junctions], not at the stops, look at the data before you saw anything off.',
        'Once a stop is gone it never comes back, while a [signal priority|ticket machine on the platform] can be had tomorrow.',
        'They closed {stop} on the other line and gained [forty seconds|under a minute], that is what is left of such promises.',
      ],
      seen: [
        'I counted on {day}: {3-20} people at {stop} in an hour, {60-240} at the one after it.',
        'My mother gave up on {line} when they moved the stop across the [bridge|square], she takes a taxi now.',
        'With all-door boarding the dwell fell from {22-35} to {9-16} seconds, same stop, same crowd.',
        'The driver told me that he makes up {2-4} minutes [on the hill|after the depot] and loses it again at one traffic light.',
      ],
      asks: ['Is there a map of [boardings per stop|who lives within 300 m]?', 'What is the walking time with [ice on the pavement|a suitcase]?', 'Which stops would [you|they] keep?'],
    },
    {
      subjects: ['Free fares: one year on', 'Should {line} be free?', 'Free transport or better transport', 'What a ticket is for'],
      openings: [
        'The next town made its buses free and we will vote on it [in spring|next year]. I am against it, to my own surprise: I think the money does more good in [one more tram an hour|evening service].',
        'Collecting fares eats {8-30} percent of the fares, by their own report. And still I believe that a line that runs every {6-10} minutes with a ticket beats a free one every {20-30}.',
      ],
      yes: [
        'Nobody ever left the car at home because of the [price|ticket], it is the wait in the rain that decides.',
        'The new riders come from [the pavement|bicycles], not from the road, that was the result wherever they looked.',
        'Once it costs nothing it is a [line in a budget|favour], and favours are cut first.',
        'Free for those who need it, yes, but I can pay and I want a tram [at eleven at night|on Sundays].',
      ],
      no: [
        'A ticket is a small [exam|humiliation] at every journey, and you notice only when it is gone.',
        'Boarding is faster, drivers are not [cashiers|insulted], and that alone is worth several cars.',
        'Nobody asks what the [street lamps|library|pavement] earn.',
        'You can do both, the sums are small beside one [roundabout|underpass].',
      ],
      seen: [
        'When it was free for {2-6} weeks in summer {line} was full of [children going nowhere|pensioners on tour], happily.',
        'I was checked {2-4} times in {2-9} years, and each time I had [bought the wrong zone|the right ticket].',
        'Our machines do not take [notes|coins under 50 cents|the new card], so half the platform helps each stranger.',
        'My season ticket costs {28-90} a month and I honestly would pay [more|double] for ten minutes less waiting.',
      ],
      asks: ['Who pays for it [in year five|when the grant ends]?', 'How much do fares [really|actually] cover where you live?', 'What did it do to the [crowding|evening service]?'],
    },
    {
      subjects: ['Timetable with the same minute every hour', 'Clockface timetable for {line}?', 'The connection at {stop}', 'Three minutes to change'],
      openings: [
        'Since {line} leaves at the same minute every hour I have thrown the timetable away. I hold that this one change was worth more than {stock}.',
        'The {line} now waits at {stop} until the other one is in, {2-5} minutes, every time. I find it right that a whole tram waits for [twelve|twenty] people.',
      ],
      yes: [
        'You only have to remember [one number|two digits], and my grandmother does.',
        'A missed connection costs you [half an hour|the evening], a wait costs everyone else two minutes.',
        'Build the track for the timetable you want, not the other way round, the Swiss have known it for [forty years|ages].',
        'It is the network that carries people, not the [line|single fast train].',
      ],
      no: [
        'Waiting for one delayed train spreads its delay [over the whole town|to {4-9} other lines].',
        'The same minute every hour means the same [empty|half empty] train at two in the afternoon and too few at five.',
        'At every {6-8} minutes nobody needs connections, nobody needs a [clock|timetable] at all.',
        'A pretty pattern at {stop} is an [ugly|awkward] one two junctions on, you cannot have it everywhere.',
      ],
      seen: [
        'I changed at {stop} {100-400} times and missed it {3-20} times, mostly on {day}.',
        'Once the driver of {line} saw me run, [opened again|waited] and shook his head, I have loved him since.',
        'In the old pocket timetable from [1983|1979] the same trip took {2-9} minutes less.',
        'The screens said 2 min for {7-15} minutes, then the tram [vanished|was in the depot all along].',
      ],
      asks: ['What happens when the [last|late] one does not wait?', 'Is there a timetable one can [print|read] any more?', 'Which minute did they choose at {stop}?'],
    },
    {
      subjects: ['Grass track on {line}', 'Does grass between the rails pay?', 'The new green track is brown', 'Moss or grass'],
      openings: [
        'They laid grass on {line} from {stop} on and it is [beautiful|the nicest thing this town has done]. I do not care what mowing costs, it is quieter and people walk along it on purpose.',
        'Two summers old and the grass on {line} is straw. I would still do it again everywhere, it takes [noise|heat] off the whole street.',
      ],
      yes: [
        'You hear the difference with closed eyes, it is [several decibels|like a carpet].',
        'In a heat wave the rails on {line} stayed {3-8} degrees cooler than on concrete.',
        'Cars do not stray onto it, which no [sign|kerb|white line] ever managed.',
        'Rain goes into the ground there and not into the [underpass|cellars].',
      ],
      no: [
        'Ambulances and buses can use a paved track, they [cannot|will not] use a lawn.',
        'Mowing is done at night with a gang and a lookout, so every summer costs [a tram stop|two shelters].',
        'Wet leaves and cut grass on the rail and {stock} slide past {stop} like a [sledge|curling stone].',
        'What makes it quiet is the rubber bed, the green on top is [paint|for the brochure].',
      ],
      seen: [
        'I measured with a telephone, so not science: {68-75} on concrete, {61-67} on grass, same car.',
        'A [hare|pair of ducks|whole family of magpies] lives between the tracks at {stop} now.',
        'They had to relay {120-600} metres because the soil held water and the [clips|fixings] rusted.',
        'The sedum on the bridge survived what the grass did not, it goes [red in August|purple in autumn].',
      ],
      asks: ['Who waters it in the first [year|summer]?', 'Grass or [sedum|moss]? They are not the same thing.', 'How do they find a broken fixing under all that?'],
    },
    {
      subjects: ['Bring back the conductors', 'Second person on {line}?', 'Driver only at night', 'The man with the ticket punch'],
      openings: [
        'On holiday I rode a train with a conductor who knew [half the carriage|everyone] by name. I came home to a machine that says no. I think the second person pays for himself in [ways no sheet shows|calm alone].',
        'After {stop} got its third broken ticket machine: what would a conductor on {line} really cost, compared with {4-9} machines, two control rooms and a debt collector?',
      ],
      yes: [
        'Doors, prams, wheelchairs, lost children: one person on the platform side does in [ten seconds|no time] what a driver cannot leave his seat for.',
        'People behave when somebody is there who might [speak to them|ask], it needs no uniform with a stick.',
        'The machine cannot tell a [stranger|visitor] that he wants the other platform.',
        'A late train with a voice on board is an [adventure|inconvenience], without one it is a scandal.',
      ],
      no: [
        'For the wages you get one more train an hour, and an [empty|absent] train has no friendly conductor either.',
        'We remember the kind one and forget the one who threw a child off in [the rain|November] over a zone.',
        'On {stock} nobody can get through at five o\'clock, he would stand [at the door|stuck] like the rest of us.',
        'There is nobody to hire, they cancel {line} for want of *drivers* already.',
      ],
      seen: [
        'The conductor on {line} kept a bag of [apples|boiled sweets] for schoolchildren, this was around [1988|1992].',
        'Last {day} a woman fainted near {stop} and it took {4-12} minutes until the driver knew.',
        'Mine sold me a ticket, saw I was in a hurry, and held the [door|signal man] with a look.',
        'They tried it for {3-8} months on {line}: fare income up {6-19} percent, complaints down [a third|by half], then the money ran out.',
      ],
      asks: ['Is that per train or [per line|roving]?', 'What do the drivers say?', 'Does any [town|railway] of our size still have them?'],
    },
    {
      subjects: ['Night trains: romance or nonsense', 'Sleeper to the coast, report', 'Couchette of six', 'Is the sleeper worth it?'],
      openings: [
        'Took the sleeper again, {2-5} hours late, no water in the morning, and I would do it [again tomorrow|every month]. I maintain that a bad night on rails is better than a good airport.',
        'Night trains are back in the papers. I love them, and I am no longer sure that it is more than love. Is there a case for them in [numbers|kilometres and beds]?',
      ],
      yes: [
        'You save a [hotel|night] and a day, nobody puts that in the comparison.',
        'You go to bed in one [language|rain] and wake in another, and nobody searched your shoes.',
        'The track is empty at three in the morning, it is the cheapest [capacity|path] there is.',
        'Four hundred people in beds is no more steel than a [day train|set of coaches] for the same number.',
      ],
      no: [
        'A bed takes the room of {3-5} seats and is sold [once|one time] in 24 hours, that sum never works without a grant.',
        'The night is when they mend the line, so you stand in a siding beside a [tamping machine|field] until four.',
        'Six in a couchette with one who [snores|unpacks fish] is a discussion about human rights.',
        'A day train of seven hours with a table and a window gets *me* there [rested|in a better mood].',
      ],
      seen: [
        'Mine was cancelled on the evening, and we got {40-90} people into a [bus|dining car] with {2-4} thermos flasks.',
        'I woke at a frontier in [1996|2003] because it was suddenly silent, and snow lay on the {2-4} people on the platform.',
        'The attendant brought coffee at {4-6} and told us which [mountain|river] that was.',
        'Booked {60-180} days ahead it cost {39-99}, a week ahead [three times that|more than the flight].',
      ],
      asks: ['Which [coaches|cars] do they run now?', 'Upper or lower berth, and [why|at which end]?', 'Can you take a [bicycle|dog|cello]?'],
    },
  ],
  asides: [
    'The display at {stop} shows `-- min` again, which is at least [honest|open-minded].',
    'Announcement on {line} just now: `error {3-40}`, in the voice that used to say [mind the doors|cathedral].',
    'Writing this at {stop}, the board says {3-14} minutes, [let us see|I have my doubts].',
    '{stock} still sing in the curve before {stop}, I hope nobody ever [oils|cures] that.',
    'Somebody has knitted a [scarf|cover] for the bollard at {stop}.',
    'There is an open day at the depot on {day}, they let you [drive the grinder|ring the bell].',
    'I lost a glove on {line} and got it back from the office with a [label|note] and the seat number.',
    'The heating on {stock} knows two states, [off and July|winter and bakery].',
    'My [daughter|nephew], aged {4-8}, says all trams should be **red**, and I have no argument against it.',
  ],
  links: ['https://en.wikipedia.org/wiki/Clock-face_scheduling', 'https://en.wikipedia.org/wiki/Green_track', 'https://en.wikipedia.org/wiki/Free_public_transport', 'https://en.wikipedia.org/wiki/Sleeping_car', 'https://www.openrailwaymap.org/'],
  notes: ['stop          arr    dep    on/off\nMill Lane     7.{10-14}   7.{15-19}   {2-9}/{2-9}\nOld Docks     7.{20-23}   7.{24-29}   {2-9}/{10-30}\nWeir Bridge   7.{30-34}   7.{35-39}   {10-30}/{2-9}', 'round trip   {68-88} min\nlayover      {6-9} min\nheadway      10 min\ncars         {8-10}'],
};
