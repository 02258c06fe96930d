package chat

// foreign returns what people who come from IRC and other chats type, and the
// command that is called something else here. None of them is a command.
func foreign() map[string]string {
	return map[string]string{
		"exit": "quit", "bye": "quit", "logout": "quit", "q": "quit", "disconnect": "quit",
		"leave": "part", "close": "part",
		"j": "join", "enter": "join", "channel": "join",
		"list": "rooms", "channels": "rooms", "ls": "rooms",
		"users": "who", "online": "who", "members": "names", "n": "names",
		"whoami": "whois", "finger": "whois",
		"m": "msg", "w": "msg", "tell": "msg", "whisper": "msg", "pm": "msg", "chat": "query", "talk": "query", "dm": "msg", "privmsg": "msg", "message": "msg",
		"r": "reply", "re": "reply", "answer": "reply",
		"correct": "edit", "fix": "edit", "s": "edit", "del": "delete", "rm": "delete", "unsend": "delete", "redact": "delete", "reaction": "react", "emoji": "react", "+1": "react",
		"subject": "topic", "operator": "op", "boot": "kick", "banlist": "bans", "hide": "private", "lock": "private",
		"quiet": "mute", "gag": "mute", "devoice": "mute", "voice": "unmute", "kickban": "ban", "slowmode": "slow",
		"emote": "me", "action": "me",
		"nickname": "nick", "rename": "nick",
		"settings": "set", "prefs": "set", "preferences": "set", "options": "set", "config": "set", "theme": "set", "color": "set", "bell": "set",
		"timestamp": "set", "tz": "set", "timezone": "set", "bio": "set", "pronouns": "set",
		"afk": "away", "brb": "away", "gone": "away", "unaway": "back", "block": "ignore", "silence": "ignore", "squelch": "ignore",
		"unblock": "unignore",
		"log":     "history", "lastlog": "history", "scrollback": "history", "backlog": "history",
		"nodes": "cluster", "servers": "cluster", "status": "cluster",
		"h": "help", "?": "help", "commands": "help", "man": "help", "usage": "help",
	}
}
