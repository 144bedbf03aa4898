variable "region" {
  description = "Region to deploy in. The default is the provider's. One call of the module with for_each deploys in several."
  type        = string
  default     = null
}

variable "name_prefix" {
  description = "Beginning of the names of all resources; what follows is generated, so that copies do not collide."
  type        = string
  default     = "countertrail-"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name_prefix))
    error_message = "At most 20 lower-case letters, digits and hyphens, the first a letter."
  }
}

variable "subscriptions" {
  description = "Whom to alert: an endpoint for its protocol (email, https, sqs, lambda ...) under a name of your own. There is no default, so that nobody deploys alerts for nobody; say {} if something else subscribes to the topic."
  type = map(object({
    protocol = string
    endpoint = string
  }))
}

variable "alarm_topic_arn" {
  description = "Topic for the alarms about this module itself. The default is the topic of the alerts, which cannot tell of its own failure."
  type        = string
  default     = null
}

variable "silence_hours" {
  description = "Hours without any event of CloudTrail after which there is an alarm, 1 to 24."
  type        = number
  default     = 2

  validation {
    condition     = var.silence_hours >= 1 && var.silence_hours <= 24 && floor(var.silence_hours) == var.silence_hours
    error_message = "A whole number from 1 to 24."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
