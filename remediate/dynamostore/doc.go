// Package dynamostore keeps claims and receipts in a table of Amazon DynamoDB, so that several
// processes, such as the instances of a Lambda function, act once on an event and can undo what
// another did.
//
// The table has a partition key "pk" of type string and no sort key. Items have an attribute "ttl",
// the time in seconds after which DynamoDB may delete them: turn on time to live for it, or they stay.
// That DynamoDB deletes late does no harm, since a claim says itself when it ends.
//
// What is kept tells how accounts are protected. Whoever can write to the table can have an event pass
// for one that was answered, and can change what will be undone: keep the table to the function.
// Budgets are not kept here; each process counts its own.
//
// The permissions are dynamodb:GetItem, dynamodb:PutItem and dynamodb:DeleteItem on the table.
package dynamostore
