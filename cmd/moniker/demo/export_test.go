package demo

// What the tests from outside share with those from inside.
const RoleVariable = roleVariable

var (
	PlayNode = playNode
	PlayDemo = playDemo
)
