/*
 * What people say to each other whatever the thread is about. Written as phrases (see pastime.ts); `{no}` is a reference to a post,
 * `{place}` one to another thread or board, `{link}` an address.
 */

/** In front of a reason against somebody. */
export const disagreeing = [
  'I don\'t think [that holds|that follows|it is that simple].',
  'That is where [we part|you lose me|I get off].',
  '[Sorry|With respect|In all friendship], no.',
  'I used to say the same, and then I [looked|tried it|counted].',
  'You are comparing [two different things|your good year with my bad one|apples and tractors].',
  'That would be true if [everybody had your conditions|nothing else mattered|the rest stayed the same].',
  '~~Nonsense.~~ I mean: [I see it differently|not in my experience|let me put it another way].',
  'It is **not** [the same|only about that|that clear], and I think you know it.',
  'Half of that I would sign, the other half is [wishful|a good story|the wrong way round].',
  'Hm. The [example|exception] you give proves rather the opposite.',
  'Too [quick|neat|tidy] for me.',
  'One of us [misremembers|has an odd sample|is very lucky], and it may be me.',
  'I have heard this [for years|from everyone|since school] and still nobody could show it to me.',
  'We [agree on the facts|saw the same thing] and draw the opposite conclusion.',
  'There is a gap between your first sentence and your second.',
  'The strong version of this is wrong, the weak version is [trivial|what everyone does anyway].',
];

/** In front of a reason on somebody's side. */
export const agreeing = [
  'Exactly [this|my experience|so].',
  '[Seconded|Same here|Signed], with one addition.',
  'I came to say this and you [said it better|were faster].',
  'Yes, and it goes further:',
  'You are right about the main thing.',
  '[That matches|This fits] what I have seen [here|over the years].',
  'I would not have put it so [sharply|mildly], but yes.',
  'Good, somebody [says|wrote] it.',
  'For what it is worth I [arrived|ended up] at the same place from the other side.',
  'That deserves to be [pinned|framed|repeated at every meeting].',
  'Agreed, although for another reason.',
  'Since nobody else backs you up: I do.',
  'My thought [entirely|exactly], only I never had the [figures|patience].',
];

/** Answers to one quoted sentence, before the reason. */
export const answering = [
  'Is that so?',
  'This I would like to see [measured|on paper|with my own eyes].',
  'That is the [crux|heart of it|point where it gets interesting].',
  'Granted, [and yet:|but:]',
  'Only if you [ignore|leave out] the rest.',
  'Here I agree [without reserve|completely|more than you expect].',
  'No. [Simply no.|Not once.|Not here.]',
  'A fair point, and the [best|strongest] one so far.',
  'This part is true and it [helps your case less than you think|cuts both ways].',
  'In which [year|place|conditions]?',
  'That depends, as always, on [what one wants|where one stands|the details].',
  'You say *always*. [Twice|Once or twice] would have been enough for me.',
  'I read this three times and still [like it|doubt it|do not see why].',
  'Careful with that.',
  'That was my line until [recently|last winter|I had to do it myself].',
  'We did [precisely|just] that.',
];

/** Somebody was inexact. */
export const correcting = [
  'Small correction: [that was a different year|it was the other way round|it is usually half of that], the rest stands.',
  'Not quite. You mix up [two things|cause and effect|the rule and the exception] here.',
  'The figure cannot be right, it would mean [twice what anybody gets|a miracle|more than there is].',
  'I looked it up, it is [rather less than|rather more than|about half of] that.',
  'That is often repeated and was never [true|shown] in that form.',
  'You wrote the opposite [further up|this morning|in your first post], which one is it?',
  'Pedantic, I know, but the word means [something else|nearly the opposite|less than that].',
];

/** Answers to a correction. */
export const admitting = [
  'You are right, I mixed that up. [Thank you.|Corrected in my notes.|The rest I keep.]',
  'Point taken, I should have [checked|written *mostly*|looked first].',
  '[True|Fair enough|Guilty]: ~~always~~ often.',
  'I stand corrected, and the argument survives it, if [with a limp|only just].',
  'Yes, that was [careless|from memory|late at night].',
];

/** Somebody changes his mind. */
export const conceding = [
  'I have to say that this thread has [turned me round|changed my mind|made me unsure], which does not happen [often|at my age].',
  'All right, I give up, [you have convinced me|the examples are too good|I was arguing out of habit].',
  'I thought about it [overnight|on the way home|while washing up] and I was wrong on the main point.',
  'After reading everything here again I [would not write my first post like that any more|am now on the other side].',
  'You got me. I [tried it yesterday|went and looked], and it is as you say.',
  'Let me withdraw half of what I wrote. The half that is left is smaller than I [hoped|thought].',
];

export const oneLiners = [
  'This.', 'No.', 'Well put.', 'Says who?', 'Ha.', 'And yet it works.', 'Both of you are right.', 'I was waiting for this thread.', 'Source?', 'Following.',
  '[Thank you|Thanks], that helps.', '[Made|You made] my [day|evening].', 'My condolences.', 'Bold.', 'Same [here|problem|story].', 'Pictures, please.',
  'That [escalated|went well].', 'I will try it [tomorrow|at the weekend|next season] and report.', 'Cannot confirm.', 'Can confirm.', 'It depends.',
  'Now I am [curious|hungry|confused].', 'How did it end?', 'Finally a [civil|useful] thread.', 'We had this last year and nobody won.', 'Seen worse.',
  'Somebody write this down.', 'My [wife|husband|flatmate|brother] says the same. Suspicious.', '[Beautiful|Lovely]. No further questions.', 'I feel [seen|caught].',
  'Do not let my [father|neighbour|boss] read this.', 'That is a lot of [words|confidence].', 'Old but true.', 'Never again.', 'Again, please, with numbers.',
  'The last sentence is the whole [thread|answer].', '[Strong|Firm] opinion, [small|tiny] sample.', 'I have nothing to add and did so anyway.', 'Asking for a friend.',
  'Both. [Next question.|Always both.]', 'Neither.', 'One does not exclude the other.', 'You could write a [book|leaflet] about that.', 'Here we go again.',
  'What a [nice|good] way to put it.', 'I tried. [Reader, it failed.|Once.|Do not ask.]', 'Depends who is [asking|paying].', 'So much for that theory.',
  'Bookmarked.', 'Not in [November|this house|my experience].', 'That is what I [said|thought] [in the first place|years ago].', '||I have done it wrong for [ten|twenty] years.||',
  'Twice the work, half the [fun|result].', 'Every word of it.', '[Laughed|Smiled] out loud in a [quiet|silent] [room|carriage|office].', 'I would read more of this.',
  'And then?', 'Do tell.', 'Where were you when I needed [this|that advice]?', 'Reporting back: it [worked|did not work|half worked].', 'Noted, [thank you|with pencil].',
];

/** Said with sage: what should not bring a thread up. */
export const asideLeads = [
  'Off topic, not bumping:', 'Only a remark on the side.', 'No bump for this:', 'Small thing:', 'Unrelated to the quarrel:', 'Not worth a bump:',
];

export const stories = ['What happened here:', 'One story from my side:', 'From [experience|practice]:', 'For the [record|statistics]:', 'To give an example:', 'A [true|short] story:', 'My own case:', 'As a data point:', 'I can only tell what I saw:', 'Not proof, but:'];
export const asking = ['Honest question:', 'What I would like to know:', 'One question though:', 'Before I answer:', 'May I ask something [simple|stupid]?', 'Somebody will know this:', 'Missing in all this:', ''];
export const essayLeads = [
  'I have read the whole thread now and want to [put some order into it|try a summary|add something longer]. Forgive the length.',
  'Long post, [sorry|skip it if you like|get a tea].', 'Let me take this apart, because I think two [questions|things] are being mixed here.',
  'I [wrote|started] this three times and deleted it twice.', 'As somebody who has been on both sides of this, a few thoughts.',
  'It seems to me we are stuck, so I will try it from the [beginning|other end].', 'Some of the posts above made me go and look, so here is what I [found|think now].',
];
export const essayTurns = ['On the other hand:', 'That said:', 'Against that stands, of course:', 'And still:', 'The other side of it:', 'Now the objection, which I take seriously:', 'What speaks against me:', 'But let me be fair:'];
export const closers = [
  'So: [it depends, but less than people say|yes, with an asterisk|no, and I am [sorry|glad] about it].', 'That is all I [know|have].', 'Prove me wrong, I would [enjoy|like] it.',
  'I am open to [examples|being corrected|numbers].', 'Enough from me.', 'I may think differently next year.', 'End of sermon.', 'Curious what the others [think|see].',
  'Whether that convinces anybody is another matter.', 'I will leave it there.', 'Take it for what it is worth.', 'If anyone has better figures, *please* post them.', 'But I would rather be useful than right.',
  'More when I have [tried it|slept on it].', 'There, I said it.',
];
export const mentions = ['As {no} says, [more or less|only sharper]:', '{no} has the right idea.', 'See also {no}.', 'What {no} describes is [different|the same thing in small].', '{no} and I will not agree on this.', 'I would like to hear {no} on that.', 'Between this and {no} there is not much room.'];
export const pointers = ['There was a thread about [something like this|nearly the same thing] in {place}.', 'The people in {place} would have [opinions|something to say] about that.', 'Compare {place}, same quarrel with other words.', 'This belongs half in {place}.', 'I asked the same in {place} and got [three answers|silence].'];
export const linkLeads = ['There is a decent [summary|overview] at {link}, [the sources are worth more than the text|take the table with a grain of salt|mind the date].', 'Background, for those who like to read: {link}', 'Somebody has to post it: {link}', 'The [article|page] ({link}) is better than its reputation.', 'I am leaning on {link} here.'];
export const noteLeads = ['From my [notebook|notes]:', 'Here are the figures, as I have them:', 'I wrote it down, [so|and] here it is:', 'Copied from the [wall|lid|back of the door]:', 'In [table|short] form:'];
export const pictureLeads = ['I drew it, [more or less|do not laugh|from memory].', 'A drawing, since the camera is [lent|at the repairer\'s|not mine].', 'Something for the eye, made [on the way home|while waiting].', '[Sketch|Picture] attached, the colours are [nearly|not quite] right.', 'My attempt at the view from [here|the window].', 'And a picture, because this thread has too many [words|opinions].'];
export const opFollowUps = ['OP here.', 'Thread starter again:', 'OP, since some of you asked:', 'I started this, so let me answer.', 'OP, [a week|some days] later:'];
export const replySubjects = ['[Small|Late] update', 'Result', 'Correction', 'A summary, of sorts', 'For the other side', 'One more [try|attempt]', 'To all three of you'];
export const posterNames = ['Marta', 'Tomás', 'K.', 'Ingrid', 'old hand', 'passing by', 'Second floor', 'Wren', 'Jules', 'an amateur', 'Pavel', 'Night shift', 'Aunt Vera', 'Halina', 'D. from upstairs', 'the one with the goats', 'Noor', 'Left-handed', 'Bram', 'Lost glove', 'Edda', 'Mirko', 'quiet reader', 'Sefa'];
